// A Bolt server that never answers one query, on port 7687 of its network namespace: a program of its own, because a namespace
// belongs to a process.

import { startScripted } from '@boltline/embedded'

const server = await startScripted({ host: '0.0.0.0', port: 7687 })
server.when('RETURN 1').returns([{ x: 1 }])
server.when('CALL slow()').delays(3_600_000).returns([])
