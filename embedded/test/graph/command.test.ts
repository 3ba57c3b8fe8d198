import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { GraphDatabase } from '@boltline/core'
import { expect, it } from 'vitest'
import { runCommand } from '../../src/command.ts'

it('boltline-embedded starts a graph that keeps its data in a folder, and prints its address', async () => {
  const folder = await mkdtemp(`${tmpdir()}/boltline-test-`)
  for (const expected of [0, 1]) {
    let said = ''
    const graph = await runCommand(['--port', '0', '--host', 'localhost', '--data', folder], (text) => {
      said += text
    })
    const [uri = ''] = /bolt:\/\/\S+/.exec(said) ?? []
    expect(uri).toMatch(/^bolt:\/\/localhost:\d+$/)
    const driver = GraphDatabase.driver(uri)
    const { records } = await driver.executeQuery('MATCH (n:Kept) RETURN count(n) AS n')
    expect(records[0]?.get('n')).toBe(expected)
    await driver.executeQuery('CREATE (:Kept)')
    await driver.close()
    await graph?.close()
  }
  await rm(folder, { recursive: true })
})

it('boltline-embedded prints its help, and refuses unknown options', async () => {
  let said = ''
  const nothing = await runCommand(['--help'], (text) => {
    said += text
  })
  expect(nothing).toBeNull()
  expect(said).toContain('boltline-embedded [--port 7687]')
  await expect(runCommand(['--prot', '1'], () => undefined)).rejects.toThrow(/--prot/)
  await expect(runCommand(['--port', 'x'], () => undefined)).rejects.toThrow(/--port takes a number/)
})
