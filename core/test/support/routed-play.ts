import { C, type Play, type PlayOptions, S, type Step, startPlay } from '@boltline/embedded'

/** The routing table of one server that plays a script and is all the cluster there is. */
export class OwnTable {
  readonly #addresses: string[] = []

  /** ROUTE, answered with this table. */
  asked(check?: (fields: readonly unknown[]) => void, db = 'films'): Step[] {
    const addresses = this.#addresses
    const servers = ['ROUTE', 'READ', 'WRITE'].map((role) => ({ role, addresses }))
    return [C.route(check), S.success({ rt: { ttl: 1000, db, servers } })]
  }

  /** Starts the play, whose address the table names from now on. */
  async start(scripts: readonly (readonly Step[])[], options: PlayOptions = {}): Promise<Play & { routed: string }> {
    const play = await startPlay(scripts, options)
    this.#addresses.push(`127.0.0.1:${play.port}`)
    return Object.assign(play, { routed: play.uri.replace('bolt:', 'neo4j:') })
  }
}
