import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port of 127.0.0.1 without a listener, below the range from which systems take ports for outgoing connections: one
 * of that range may be taken by any client in the meantime, and a client that retries a port of it while its server is
 * down can end up connected to itself, and the port is then lost.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = createServer()
    const free = await new Promise((/** @type {(free: boolean) => void} */ settle) => {
      probe.once('error', () => settle(false))
      probe.listen(port, '127.0.0.1', () => settle(true))
    })
    if (!free) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}
