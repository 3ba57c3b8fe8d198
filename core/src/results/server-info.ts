import type { Address } from '../values/address.ts'

/** The server a result came from, or that a driver can reach. */
export class ServerInfo {
  /** The address of the connection's other end. */
  readonly address: Address
  /** What the server calls itself, for example `Neo4j/5.26.0`. */
  readonly agent: string
  /** The version of the Bolt protocol spoken on the connection: major and minor. */
  readonly protocolVersion: readonly [major: number, minor: number]
  /** The server's name for the connection, as found in its logs. */
  readonly connectionId: string

  /** Made by the driver. */
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

  /** The same with the address as text. */
  toJSON(): { address: string; agent: string; protocolVersion: readonly [number, number]; connectionId: string } {
    const { address, agent, protocolVersion, connectionId } = this
    return { address: String(address), agent, protocolVersion, connectionId }
  }
}
