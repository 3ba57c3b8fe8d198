import type { Address } from '../values/address.ts'

/** The server of a result, or a server that the driver has reached. */
export class ServerInfo {
  /** The address of the server. */
  readonly address: Address
  /** The user agent of the server, for example `Neo4j/5.26.0`. */
  readonly agent: string
  /** The negotiated version of the Bolt protocol: major and minor. */
  readonly protocolVersion: readonly [major: number, minor: number]
  /** The server's id of the connection, as in the server's logs. */
  readonly connectionId: string

  /** Created by the driver. */
  constructor(info: {
    readonly address: Address
    readonly agent: string
    readonly protocolVersion: readonly [major: number, minor: number]
    readonly connectionId: string
  }) {
    const [major, minor] = info.protocolVersion
    this.address = info.address
    this.agent = info.agent
    this.protocolVersion = Object.freeze([major, minor] as const)
    this.connectionId = info.connectionId
    Object.freeze(this)
  }

  /** The same properties, with the address as text. */
  toJSON(): { address: string; agent: string; protocolVersion: readonly [number, number]; connectionId: string } {
    const { address, agent, protocolVersion, connectionId } = this
    return { address: String(address), agent, protocolVersion, connectionId }
  }
}
