/**
 * The interface between the driver and what carries its bytes: a TCP socket, TLS over it (socket.ts), or an in-memory pipe
 * (memory.ts). This folder opens links and moves bytes; it must not depend on Bolt, credentials or pools. Addresses are raced as
 * in RFC 8305 (happy-eyeballs.ts); Node's TLS verifies certificates (tls.ts).
 */
export interface Transport {
  /** The endpoint before name resolution, `host:port`; of several endpoints, the one that answered. */
  readonly peer: string
  /** `address:port` of this end; undefined if it has none. */
  readonly localAddress: string | undefined
  /** `address:port` of the other end after name resolution; undefined if it has none. */
  readonly remoteAddress: string | undefined
  /** Whether the bytes are encrypted on the way. */
  readonly secure: boolean

  /**
   * Receives the first `length` bytes of `chunk`. They are valid only during the call, because the buffer is reused: a receiver
   * that keeps bytes must copy them. Must be set before the next turn of the event loop.
   */
  onData: (chunk: Buffer, length: number) => void
  /**
   * Called exactly once, when the link has ended: with null if either side closed it in an orderly way, else with the reason.
   * `onData` is not called afterwards.
   */
  onClose: (error: Error | null) => void

  /**
   * Whether the peer's host still answers on a second link; even a refused connection proves that packets arrive. Absent for
   * transports without a network.
   */
  reachable?(): Promise<boolean>
  /** Sends bytes in order and does not wait: a failure is reported by {@link onClose}. The caller must not change `bytes` afterwards. */
  write(bytes: Uint8Array): void
  /** Stops {@link onData} until {@link resume}; TCP flow control then slows the peer down. */
  pause(): void
  resume(): void
  /** Makes the open link keep the process alive (the default). */
  ref(): void
  /** Lets the process exit while the link is open. */
  unref(): void
  /** Sends the written bytes, then closes; destroys the link if the peer does not close its side in time. */
  end(): void
  /** Closes the link at once; unsent bytes are lost. */
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
