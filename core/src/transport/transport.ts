/**
 * The seam between the driver and whatever carries its bytes: a TCP socket, TLS over it (socket.ts), or a pipe in memory
 * (memory.ts). This room opens links and moves bytes; it must not know Bolt, credentials or pools. Names are resolved and
 * addresses raced after RFC 8305 (happy-eyeballs.ts), certificates judged by Node's TLS (tls.ts).
 */
export interface Transport {
  /** The name the link was opened under, `host:port`; of several that were given, the one that answered. */
  readonly peer: string
  /** `address:port` of this end; undefined where there is none. */
  readonly localAddress: string | undefined
  /** `address:port` of the other end as it was reached, after name resolution. */
  readonly remoteAddress: string | undefined
  /** Whether the bytes are encrypted on the way. */
  readonly secure: boolean

  /**
   * Receives what arrives: the first `length` bytes of `chunk`. They are valid during the call only, because the buffer is
   * used again for the next bytes; whoever keeps some copies them. To be set before the next turn of the event loop.
   */
  onData: (chunk: Buffer, length: number) => void
  /**
   * Called exactly once, when the link is gone: with null if either side closed it in an orderly way, else with the reason.
   * Nothing arrives afterwards.
   */
  onClose: (error: Error | null) => void

  /**
   * Whether the peer's host still answers on a second link; even a refusal proves that packets come back. Absent where there is
   * no network.
   */
  reachable?(): Promise<boolean>
  /** Sends bytes, in order. Fire and forget: a failure shows as {@link onClose}. `bytes` belong to the transport from now on. */
  write(bytes: Uint8Array): void
  /** Stops {@link onData} until {@link resume}: the peer is slowed down by TCP's own flow control. */
  pause(): void
  resume(): void
  /** From now on the open link keeps the process alive (as at the start). */
  ref(): void
  /** From now on the open link no longer keeps the process alive. */
  unref(): void
  /** Sends what is written, then closes; the link is cut if the peer does not follow. */
  end(): void
  /** Cuts the link at once. */
  destroy(): void
}

/** Where to connect to: a host name or an IP address, and a port. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
