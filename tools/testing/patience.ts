// Raises the default timeout of `vi.waitFor`, because a busy machine may need more than vitest's second. A wait with its own
// timeout keeps it. `expect.poll` has a setting for this (base.mjs), `vi.waitFor` has none.

import { vi } from 'vitest'

const patience = 20_000
const { waitFor } = vi

vi.waitFor = (condition, limits = {}) =>
  waitFor(condition, typeof limits === 'number' ? limits : { timeout: patience, ...limits })
