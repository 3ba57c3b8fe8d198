// Starts the replay server in a process of its own: the one in Go, which has more headroom, or else the one in JavaScript.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { goReplayServer } from '../toolchains.mjs'
import { asScript } from './messages.mjs'

/** @returns {Promise<{ uri: string, title: string, stop: () => void }>} */
export async function startReplay() {
  const inGo = goReplayServer()
  const [command = '', ...arguments_] =
    'command' in inGo ? inGo.command : [process.execPath, fileURLToPath(new URL('server.mjs', import.meta.url))]
  const server = spawn(command, arguments_, { stdio: ['pipe', 'pipe', 'inherit'] })
  if ('command' in inGo) server.stdin.write(asScript())
  const [port] = await once(createInterface({ input: server.stdout }), 'line')
  return {
    uri: `bolt://127.0.0.1:${port}`,
    title: 'command' in inGo ? 'replay server in Go' : `replay server in JavaScript (${inGo.absent})`,
    stop: () => server.stdin.end(),
  }
}
