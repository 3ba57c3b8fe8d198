/** Options of a play: the Bolt version, the login and the handshake. */
export interface PlayOptions {
  /** The Bolt version that the server negotiates. Default: 5.8. */
  readonly version?: string
  /** With `scripted` the scripts begin with HELLO. Default: the server handles the login, and the scripts begin after it. */
  readonly login?: 'scripted'
  /** Further fields of the answer to HELLO. */
  readonly greeting?: Record<string, unknown>
  /** The answer to the handshake: other `bytes` than the correct ones, sent in pieces of `pieces` bytes. */
  readonly handshake?: {
    readonly bytes?: Uint8Array
    readonly pieces?: number
    /** The bytes that the client has to answer with: its choice from a manifest. */
    readonly reply?: Uint8Array
  }
}
