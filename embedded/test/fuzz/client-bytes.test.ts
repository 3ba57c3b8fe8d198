import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { share, tryInputs } from '../../../tools/testing/fuzz/runner.ts'
import { clientMessages } from './client-messages.ts'
import { readClient } from './wire-reader.ts'

// Feeds arbitrary client bytes to the reader of the embedded Bolt server: no input may take long or use much memory.

const dayMs = 24 * 3_600_000
const corpus = new URL('./corpus/', import.meta.url)

describe('The reader of client messages', () => {
  it.each(readdirSync(corpus))(
    'The Bolt server accepts or rejects the stored input %s, however it is split',
    (name) => {
      const bytes = Buffer.from(readFileSync(new URL(name, corpus), 'utf8').replace(/#.*|\s/g, ''), 'hex')
      expect(bytes.length).toBeGreaterThan(0)
      for (let seed = 0; seed < 200; seed++) readClient(Buffer.from(bytes), new Chance(seed))
    },
  )

  it(
    'The Bolt server decodes every message of a client or raises an error of the codec',
    async () => {
      const report = await tryInputs(share(20_000, 5_000_000), clientMessages, readClient)
      console.log('messages of clients', report)
      expect(report.inputs).toBeGreaterThan(0)
    },
    dayMs,
  )
})
