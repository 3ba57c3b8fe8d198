import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { share, tryInputs } from '../../../tools/testing/fuzz/runner.ts'
import { conversations, hear } from './conversation.ts'
import { MessageReader, serverMessages } from './messages.ts'

// The driver's reader against a server that sends anything: every request is answered once, by metadata or by a named error, every
// record is as wide as its query's fields, and no input takes long or much memory.

const dayMs = 24 * 3_600_000
const corpus = new URL('./corpus/', import.meta.url)

describe('A connection that hears bytes of any kind', () => {
  it.each(readdirSync(corpus))('copes with %s of the kept inputs, however it is cut', (name) => {
    const bytes = Buffer.from(readFileSync(new URL(name, corpus), 'utf8').replace(/#.*|\s/g, ''), 'hex')
    expect(bytes.length).toBeGreaterThan(0)
    for (let seed = 0; seed < 200; seed++) hear(Buffer.from(bytes), new Chance(seed))
  })

  it('answers every request once, whatever a server sends', { timeout: dayMs }, async () => {
    const report = await tryInputs(share(10_000, 500_000), conversations, hear)
    console.log('conversations with servers', report)
    expect(report.inputs).toBeGreaterThan(0)
  })
})

describe('The codec', () => {
  it('reads every message of a server, or raises an error that the connection names', { timeout: dayMs }, async () => {
    const reader = new MessageReader()
    const report = await tryInputs(share(20_000, 5_000_000), serverMessages, (bytes, chance) =>
      reader.read(bytes, chance),
    )
    console.log('messages of servers', report)
    expect(report.inputs).toBeGreaterThan(0)
  })
})
