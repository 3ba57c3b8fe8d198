import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net'
import { CertificateConfigurationError, ServiceUnavailable } from '../errors/index.ts'
import { clock, type Timer } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import { onAbort } from '../time/on-abort.ts'
import { type AttemptControl, raceInTurn } from './happy-eyeballs.ts'
import { explainLookupFailure, type Lookup, resolveEndpoint } from './resolve.ts'
import {
  explainFailedHandshake,
  explainTlsFailure,
  HUNG_UP_ON_CERTIFICATE,
  isFinalTlsFailure,
  isHangUp,
  presentsCertificate,
  startTls,
  type TlsSettings,
} from './tls.ts'
import { type Endpoint, formatEndpoint, type Transport } from './transport.ts'

/** Node's own read size. One buffer per socket saves an allocation per packet: up to twice as fast. */
const READ_BUFFER_SIZE = 64 * 1024
/** How long one probe of {@link Transport.reachable} waits for an answer, in ms. Two consecutive probes have to fail. */
const PROBE_LIMIT_MS = 10_000

/** The endpoint to connect to; `addresses` replaces it, for instance by those that the caller's resolver returned. */
export interface ConnectTarget extends Endpoint {
  readonly addresses?: readonly Endpoint[]
  /** The host name that TLS sends and checks the server's certificate against. Default: the host of the endpoint. */
  readonly name?: string
}

/** Settings of {@link connectSocket}. */
export interface ConnectOptions {
  /** The limit for name resolution and TCP. */
  readonly deadline: Deadline
  /** The setting that the limit is from, for errors. Default: `connectionTimeout`. */
  readonly deadlineName?: string
  /** The limit for the TLS handshake that follows. Default: `deadline`. */
  readonly tlsDeadline?: Deadline
  /** After how many ms of silence TCP probes the link; `Infinity`: never. */
  readonly keepAliveInitialDelay: number
  /** How many ms a peer may take to close its side after this one was closed. */
  readonly goodbyeTimeout: number
  /** Null: no encryption. */
  readonly tls: TlsSettings | null
  /** Aborts the attempt; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Replaces the system's name resolution. */
  readonly lookup?: Lookup | undefined
}

/** One address to try. */
interface Candidate extends Endpoint {
  /** The endpoint before name resolution. */
  readonly peer: Endpoint
}

/** Why one name or address could not be reached. */
interface Obstacle {
  readonly where: string
  readonly why: string
  readonly error: unknown
}

/**
 * Opens a link to the first address that answers, with TLS unless `options.tls` is null.
 *
 * @throws ServiceUnavailable with every address that was tried and why it failed
 * @throws CertificateConfigurationError if the TLS settings cannot be used, or if every address refused a certificate
 */
export async function connectSocket(target: ConnectTarget, options: ConnectOptions): Promise<Transport> {
  options.signal?.throwIfAborted()
  const allotted = options.deadline.remaining()
  const stop = new AbortController()
  const dialling = new AbortController()
  const timer = clock.setTimeout(() => dialling.abort(), allotted)
  const onAbort = (): void => {
    dialling.abort()
    stop.abort()
  }
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const { candidates, obstacles } = await resolveTarget(target, options.lookup, dialling.signal, allotted)
    const name = target.name ?? target.host
    const outcome = await raceInTurn(
      candidates,
      (candidate, control) => connectCandidate(candidate, name, options, control, dialling.signal),
      stop.signal,
      (late) => late.destroy(),
    )
    if ('won' in outcome) return outcome.won
    options.signal?.throwIfAborted()
    for (const { candidate, error } of outcome.failures) obstacles.push(connectObstacle(candidate, error))
    const { deadlineName = 'connectionTimeout' } = options
    // If a TCP connection was established, its limit is not the reason: the TLS handshake has a limit of its own.
    const inTime = !dialling.signal.aborted || obstacles.some(({ error }) => error instanceof HandshakeFailure)
    const within = inTime ? '' : ` within ${Math.round(allotted)} ms (${deadlineName})`
    throw unreachable(target, obstacles, within)
  } finally {
    clock.clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
  }
}

async function resolveTarget(
  target: ConnectTarget,
  lookup: Lookup | undefined,
  dialling: AbortSignal,
  allotted: number,
) {
  const endpoints = target.addresses ?? [target]
  // A name that cannot be resolved must leave time to reach the others.
  const looking = new AbortController()
  const timer = endpoints.length > 1 ? clock.setTimeout(() => looking.abort(), allotted / 2) : undefined
  const forget = onAbort(dialling, () => looking.abort())
  const { signal } = looking
  const candidates: Candidate[] = []
  const obstacles: Obstacle[] = []
  await Promise.all(
    endpoints.map(async (endpoint): Promise<readonly Candidate[]> => {
      const where = formatEndpoint(endpoint)
      try {
        const resolved = await orAborted(resolveEndpoint(endpoint, lookup), signal)
        return resolved.map((address) => ({ ...address, peer: endpoint }))
      } catch (error) {
        const why = signal.aborted ? 'no answer from name resolution' : explainLookupFailure(error)
        obstacles.push({ where, why, error })
        return []
      }
    }),
  ).then((found) => candidates.push(...found.flat()))
  clock.clearTimeout(timer)
  forget()
  return { candidates, obstacles }
}

/** Rejects when the signal aborts. Name resolution itself cannot be aborted: it goes on, and its outcome is ignored. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error('called off'))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function connectCandidate(
  candidate: Candidate,
  name: string,
  {
    keepAliveInitialDelay,
    goodbyeTimeout,
    tls,
    deadline,
    deadlineName = 'connectionTimeout',
    tlsDeadline = deadline,
  }: ConnectOptions,
  { signal, progress }: AttemptControl,
  dialling: AbortSignal,
): Promise<SocketTransport> {
  return new Promise((resolve, reject) => {
    const peer = formatEndpoint(candidate.peer)
    const presented = tls !== null && presentsCertificate(tls)
    const link = new SocketTransport(peer, tls !== null, presented, goodbyeTimeout)
    const tcpOptions: TcpNetConnectOpts = {
      host: candidate.host,
      port: candidate.port,
      noDelay: true,
      ...keepAliveOptions(keepAliveInitialDelay),
    }
    // Under TLS the plain socket never reads by itself, so a buffer of its own would be wasted.
    const tcp = connectTcp(tls === null ? { ...tcpOptions, onread: link.readInto } : tcpOptions)
    let current: Socket = tcp
    let patience: Timer | undefined
    const leave = (): void => {
      clock.clearTimeout(patience)
      signal.removeEventListener('abort', onAbort)
      dialling.removeEventListener('abort', onSilence)
    }
    const fail = (error: Error): void => {
      leave()
      current.destroy()
      tcp.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(new Error('called off'))
    const onSilence = (): void => fail(new Error('no answer'))
    const succeed = (socket: Socket): void => {
      leave()
      link.adopt(socket)
      resolve(link)
    }
    if (dialling.aborted) return onSilence()
    signal.addEventListener('abort', onAbort, { once: true })
    dialling.addEventListener('abort', onSilence, { once: true })
    tcp.on('error', fail)
    tcp.once('connect', () => {
      progress()
      dialling.removeEventListener('abort', onSilence)
      if (tls === null) {
        tcp.removeListener('error', fail)
        return succeed(tcp)
      }
      try {
        const secured = startTls(tcp, name, tls)
        current = secured
        const allotted = tlsDeadline.remaining()
        const limit = tlsDeadline === deadline ? deadlineName : 'connectionAcquisitionTimeout'
        const silence = `no answer within ${Math.round(allotted)} ms (${limit})`
        patience = clock.setTimeout(() => fail(new HandshakeFailure(new Error(silence), presented)), allotted)
        const failHandshake = (error: Error): void => {
          // A server that closes the connection before its first byte has not checked the certificate.
          const seen = presented && tcp.bytesRead > 0 && isHangUp(error)
          fail(new HandshakeFailure(error, presented, seen))
        }
        secured.on('error', failHandshake)
        secured.once('secureConnect', () => {
          secured.removeListener('error', failHandshake)
          succeed(secured)
        })
      } catch (error) {
        fail(error as Error)
      }
    })
  })
}

/** Node takes whole seconds and reads 0 as the system's default, which is two hours on most systems. */
function keepAliveOptions(initialDelay: number): Pick<TcpNetConnectOpts, 'keepAlive' | 'keepAliveInitialDelay'> {
  if (initialDelay === Number.POSITIVE_INFINITY) return { keepAlive: false }
  return { keepAlive: true, keepAliveInitialDelay: Math.min(Math.max(initialDelay, 1000), LONGEST_KEEP_ALIVE_DELAY_MS) }
}

/** Linux refuses a delay of more than 32,767 s. */
const LONGEST_KEEP_ALIVE_DELAY_MS = 32_767_000

/** The TLS handshake failed on an established TCP connection. */
class HandshakeFailure extends Error {
  /** Whether another attempt would fail in the same way. */
  readonly final: boolean

  /** @param seen - whether the server closed the connection after it received the client certificate */
  constructor(cause: Error, presented: boolean, seen = false) {
    super(seen ? HUNG_UP_ON_CERTIFICATE : explainFailedHandshake(cause, presented), { cause })
    this.name = 'TlsHandshakeError'
    this.final = seen || isFinalTlsFailure(cause)
  }
}

const TCP_FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the peer hung up',
  EHOSTUNREACH: 'no route to this host',
  ENETUNREACH: 'no route to this network',
  EADDRNOTAVAIL: 'no local address to reach it from',
  ETIMEDOUT: 'no answer',
}

function connectObstacle(candidate: Candidate, error: unknown): Obstacle {
  const { code, message } = error as NodeJS.ErrnoException
  const where = formatEndpoint(candidate)
  return { where, why: (code !== undefined && TCP_FAILURES[code]) || message, error }
}

function unreachable(target: Endpoint, obstacles: readonly Obstacle[], within: string): Error {
  const tls = obstacles.find(({ error }) => error instanceof HandshakeFailure)
  const configuration = obstacles.find(({ error }) => error instanceof CertificateConfigurationError)
  if (configuration !== undefined) return configuration.error as Error
  const head = `Could not connect to ${formatEndpoint(target)}`
  const tried = obstacles.map(({ where, why }) => `${where} (${why})`).join(', ')
  const advice =
    tls === undefined
      ? '. Check that the server is running and listens there, and that no firewall is in between.'
      : '.'
  const errors = obstacles.map(({ error }) => error).filter((error) => error !== undefined)
  const cause = errors.length > 1 ? new AggregateError(errors, 'every address failed') : errors[0]
  const final = obstacles.every(({ error }) => error instanceof HandshakeFailure && error.final)
  const Failure = final ? CertificateConfigurationError : ServiceUnavailable
  return new Failure(`${head}${within}; tried ${tried}${advice}`, { cause })
}

/** A TCP or TLS socket as a {@link Transport}. Made by {@link connectSocket}. */
class SocketTransport implements Transport {
  readonly peer: string
  readonly secure: boolean
  onData: (chunk: Buffer, length: number) => void = () => undefined
  onClose: (error: Error | null) => void = () => undefined
  // Assigned by adopt() before the object is returned.
  #socket!: Socket
  #ended = false
  #closed = false
  readonly #goodbyeTimeout: number
  /** Whether a client certificate was sent to the server. */
  readonly #presented: boolean
  /** Whether the server has sent data since. */
  #heard = false

  constructor(peer: string, secure: boolean, presented: boolean, goodbyeTimeout: number) {
    this.peer = peer
    this.secure = secure
    this.#presented = presented
    this.#goodbyeTimeout = goodbyeTimeout
  }

  /** Node's `onread` option, which reads into a buffer of the driver. Allocated after connecting, so losing attempts allocate none. */
  readonly readInto = {
    buffer: (): Uint8Array => {
      this.#buffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_SIZE)
      return this.#buffer
    },
    callback: (length: number, buffer: Uint8Array): boolean => {
      this.onData(buffer as Buffer, length)
      return true
    },
  }
  #buffer: Buffer | undefined

  adopt(socket: Socket): void {
    this.#socket = socket
    socket.on('error', (error) => this.#finish(error))
    socket.on('end', () => this.#finish(null))
    socket.on('close', () => this.#finish(null))
    if (this.#presented)
      socket.once('data', () => {
        this.#heard = true
      })
    if (this.#buffer === undefined) socket.on('data', (chunk) => this.onData(chunk, chunk.length))
  }

  get localAddress(): string | undefined {
    return joinAddress(this.#socket.localAddress, this.#socket.localPort)
  }

  get remoteAddress(): string | undefined {
    return joinAddress(this.#socket.remoteAddress, this.#socket.remotePort)
  }

  async reachable(): Promise<boolean> {
    const { remoteAddress: host, remotePort: port } = this.#socket
    if (host === undefined || port === undefined) return true
    return (await answers(host, port)) || (await answers(host, port))
  }

  write(bytes: Uint8Array): void {
    if (!this.#closed && !this.#ended) this.#socket.write(bytes)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  end(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    this.#socket.end()
    const cut = clock.setTimeout(() => this.#socket.destroy(), this.#goodbyeTimeout)
    this.#socket.once('close', () => clock.clearTimeout(cut))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #finish(error: Error | null): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.destroy()
    this.onClose(this.secure ? this.#explained(error) : error)
  }

  #explained(error: Error | null): Error | null {
    const seen = this.#presented && !this.#heard && !this.#ended && (error === null || isHangUp(error))
    if (seen) return new CertificateConfigurationError(HUNG_UP_ON_CERTIFICATE, error === null ? {} : { cause: error })
    return error === null ? null : explained(error, this.#presented)
  }
}

/** The error codes of an unreachable host. Any other error comes from the host itself or from this system. */
const UNREACHABLE: ReadonlySet<string | undefined> = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
])

/** Whether a host answers a connection attempt; a refusal counts as an answer. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connectTcp({ host, port })
    // The Bolt connection that waits for its answer already decides whether the process stays alive.
    probe.unref()
    const settle = (outcome: boolean): void => {
      clock.clearTimeout(timer)
      probe.destroy()
      resolve(outcome)
    }
    const timer = clock.setTimeout(() => settle(false), PROBE_LIMIT_MS)
    probe.on('error', (error: NodeJS.ErrnoException) => settle(!UNREACHABLE.has(error.code)))
    probe.once('connect', () => settle(true))
  })
}

/** In TLS 1.3 the client finishes the handshake first, so a refusal of its certificate arrives on the open link. */
function explained(error: Error, presented: boolean): Error {
  const meaning = explainTlsFailure(error, presented)
  if (meaning === undefined) return error
  return isFinalTlsFailure(error)
    ? new CertificateConfigurationError(meaning, { cause: error })
    : new Error(meaning, { cause: error })
}

function joinAddress(host: string | undefined, port: number | undefined): string | undefined {
  if (host === undefined || port === undefined) return undefined
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
}
