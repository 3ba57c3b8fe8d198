// A program that starts a server and then only lives: the test ends it without a chance to clean up.

import { startNeo4j } from '../../start.mjs'

const version = process.env.BOLTLINE_NEO4J_VERSION === '5.26' ? '5.26' : '2026.09'
const server = await startNeo4j({ version, quick: true })
console.log(JSON.stringify({ ...server, pid: server.pid }))
