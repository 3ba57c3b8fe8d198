// What a test waits for may take longer than vitest's second on a machine that has other work; a wait that says how long
// it may last keeps its own limit. `expect.poll` has a setting for this (base.mjs), `vi.waitFor` has none.

import { vi } from 'vitest'

const patience = 20_000
const { waitFor } = vi

vi.waitFor = (condition, limits = {}) =>
  waitFor(condition, typeof limits === 'number' ? limits : { timeout: patience, ...limits })
