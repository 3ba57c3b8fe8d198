/** The command `boltline-embedded`: serves an embedded graph on a port until it is stopped. */

import { parseArgs } from 'node:util'
import { type EmbeddedGraph, startEmbedded } from './graph/embedded.ts'

const help = `Starts a small graph that speaks Bolt. Experimental: for demos and smoke tests, not a Neo4j.

  boltline-embedded [--port 7687] [--host 127.0.0.1] [--data ./graph]

  --port   the port to listen on; 0 takes a free one. Default: 7687
  --host   the address to listen on. Default: 127.0.0.1, which other machines can't reach
  --data   a folder that keeps the graph. Default: none, it is gone when the command ends
  --help   this text

The graph asks for no password: everyone who can reach the address can read and change all data.
`

/** Runs the command and returns the started graph; null when it only printed a text, such as the help. */
export async function runCommand(
  words: readonly string[],
  print: (text: string) => void,
): Promise<EmbeddedGraph | null> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    print(help)
    return null
  }
  const graph = await startEmbedded({
    port: portOf(values.port ?? '7687'),
    ...(values.host !== undefined && { host: values.host }),
    ...(values.data !== undefined && { persist: values.data }),
  })
  print(`The embedded graph listens on ${graph.uri} without a password; Ctrl-C stops it.\n`)
  return graph
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new RangeError(`--port takes a number from 0 to 65535, found ${JSON.stringify(text)}`)
}
