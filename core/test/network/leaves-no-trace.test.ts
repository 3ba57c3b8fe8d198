import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { C, query, S, startPlay, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))

let folder: string
let core: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boltline-exits-'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [
    compiler,
    '-p',
    join(root, 'core/tsconfig.build.json'),
    '--outDir',
    join(folder, 'core'),
  ])
  core = pathToFileURL(join(folder, 'core/index.js')).href
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function child(name: string, source: string, uri: string, flags: readonly string[] = []) {
  const file = join(folder, name)
  await writeFile(file, source.replace('@core', core))
  return run(process.execPath, [...flags, file], {
    env: { ...process.env, URI: uri, NODE_OPTIONS: '' },
    timeout: 50_000,
  })
}

it('a script that does not close its driver ends with a warning', async () => {
  await using play = await startPlay([query(['x'], [[1]])])
  const source = `
    import { GraphDatabase } from '@core'
    const driver = GraphDatabase.driver(process.env.URI)
    const session = driver.session()
    console.log((await session.run('RETURN 1 AS x').single()).get('x'))
  `
  const { stdout, stderr } = await child('forgets.mjs', source, play.uri)
  expect(stdout).toBe('1\n')
  expect(stderr).toContain('BOLTLINE_RESOURCE')
  expect(stderr).toMatch(/A driver was never closed/)
  expect(stderr).toMatch(/A session was never closed/)
})

it('driver.close() leaves nothing open and prints nothing', async () => {
  await using play = await startPlay([query(['x'], [[1]])])
  const source = `
    import test from 'node:test'
    import { GraphDatabase } from '@core'
    test('a query', async () => {
      const driver = GraphDatabase.driver(process.env.URI)
      const session = driver.session()
      await session.run('RETURN 1 AS x').consume()
      await session.close()
      await driver.close()
    })
  `
  const { stdout, stderr } = await child('closes.mjs', source, play.uri, ['--test'])
  expect(stdout).toMatch(/pass 1/)
  expect(stderr).toBe('')
})

it('a pending request keeps the process alive', async () => {
  // Longer than a process takes to end when nothing keeps it alive.
  const late = () => new Promise<void>((resolve) => setTimeout(resolve, 500))
  await using play = await startPlay([
    [C.run(), C.pull(), S.wait(late), S.success({ fields: ['x'] }), S.record(7), S.success({})],
  ])
  const source = `
    import { GraphDatabase } from '@core'
    const driver = GraphDatabase.driver(process.env.URI)
    const session = driver.session()
    console.log((await session.run('RETURN 7 AS x').single()).get('x'))
    await session.close()
    await driver.close()
  `
  expect((await child('waits.mjs', source, play.uri)).stdout).toBe('7\n')
})

it.each([
  ['transaction', 'await (await session.beginTransaction()).run("Q").consume()'],
  ['half-read result', 'await (await session.run("Q")).fetch(1)'],
  ['unread result', 'await session.run("Q")'],
])('lets a script end that forgets a %s', async (_what, forgets) => {
  const server = await startScripted()
  server.when('Q').returns(Array.from({ length: 5_000 }, (_, x) => ({ x })))
  const source = `
    import { GraphDatabase } from '@core'
    const driver = GraphDatabase.driver(process.env.URI)
    const session = driver.session()
    ${forgets}
    setTimeout(() => { console.log('still there'); process.exit(1) }, 30_000).unref()
    console.log('end of the script')
  `
  const { stdout } = await child('forgets-work.mjs', source, server.uri)
  expect(stdout).toBe('end of the script\n')
  await server.close()
})

it('a call that waits for a connection keeps the process alive until it settles', async () => {
  await using play = await startPlay([[C.begin(), S.success()]])
  const source = `
    import { GraphDatabase } from '@core'
    const config = { maxConnectionPoolSize: 1, connectionAcquisitionTimeout: 300 }
    const driver = GraphDatabase.driver(process.env.URI, config)
    await driver.session().beginTransaction()
    await driver.executeQuery('Q').catch((error) => console.log(error.name))
  `
  expect((await child('waits-in-line.mjs', source, play.uri)).stdout).toBe('ConnectionAcquisitionTimeoutError\n')
})
