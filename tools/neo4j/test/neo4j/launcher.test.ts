import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test, vi } from 'vitest'
import { startNeo4j } from '../../start.mjs'
import { ask } from './bolt-probe.ts'

const { version: given } = inject('neo4j')
const version = given === 'given' ? '2026.09' : given
const limit = 600_000

describe(`the launcher of Neo4j ${version}`, { timeout: limit }, () => {
  test('has set the password before it reports ready, and keeps data, port and password over a kill and a restart', async () => {
    await using server = await startNeo4j({ version, quick: true, auth: { user: 'alice', password: 'päss w%rd\\' } })
    expect(await ask({ ...server, password: 'wrong' }, 'RETURN 1')).toEqual({ login: 'failure' })
    expect(await ask({ ...server, user: 'neo4j', password: 'neo4j' }, 'RETURN 1')).toEqual({ login: 'failure' })
    await ask(server, 'CREATE (:Kept)')
    const { pid, port } = server

    await server.kill()
    expect(isAlive(pid)).toBe(false)
    await server.restart()
    expect(server.port).toBe(port)
    expect(server.pid).not.toBe(pid)
    expect(await ask(server, 'MATCH (n:Kept) RETURN count(n)')).toEqual({ login: 'success', value: 1 })
  })

  test('speaks TLS only, with a certificate that its own copy verifies, and is gone with its data once stopped', async () => {
    const server = await startNeo4j({ version, quick: true, tls: true })
    const { host, port, user, password, pid } = server
    expect(server.boltUri).toBe(`bolt+ssc://127.0.0.1:${port}`)
    expect(await ask(server, 'RETURN 7')).toEqual({ login: 'success', value: 7 })
    await expect(ask({ host, port, user, password }, 'RETURN 7')).rejects.toThrow()
    await server.stop()
    expect(isAlive(pid)).toBe(false)
    await expect(ask(server, 'RETURN 7')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(server.restart()).rejects.toThrow('stopped and its data deleted')
  })

  test('leaves no server without auth behind when the program that started it is killed', async () => {
    const program = spawn(process.execPath, [fileURLToPath(new URL('launched-by-test.mjs', import.meta.url))], {
      env: { ...process.env, BOLTLINE_NEO4J_VERSION: version },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(program.stdout), 'line')
    const server = JSON.parse(line)
    expect(await ask(server, 'RETURN 42')).toEqual({ login: 'success', value: 42 })
    program.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(server.pid)).toBe(false), { timeout: 20_000 })
  })
})

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) throw new Error('the server has no process')
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw failure
  }
}
