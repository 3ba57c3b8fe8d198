import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP, type Socket } from 'node:net'
// The default export, not the namespace: a bundler turns members of a namespace into named imports, and Node before 22.15 refuses
// to start a program that imports `getCACertificates`, which it doesn't have.
import tls, { type ConnectionOptions, type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import { CertificateConfigurationError } from '../errors/index.ts'

/**
 * How to encrypt, and which certificates to trust. `system`: those of authorities that the operating system or Node trusts;
 * `custom`: those of authorities in `ca` (PEM); `any`: all, without a check; `options`: Node's options decide everything.
 */
export interface TlsSettings {
  readonly mode: 'system' | 'any' | 'custom' | 'options'
  /** PEM texts of the trusted authorities; for mode `custom`. */
  readonly ca?: readonly string[]
  /** For mode `options`. */
  readonly options?: ConnectionOptions
  /** PEM text of the client's certificate chain, for servers that demand one. */
  readonly cert?: string
  /** PEM text of the client's private key. */
  readonly key?: string
  readonly passphrase?: string
}

/** The lowest version to speak; older ones are broken (RFC 8996). */
const MIN_VERSION = 'TLSv1.2'

/** Parsing authorities and keys takes tens of milliseconds, so it is done once per settings object, not per connection. */
const contexts = new WeakMap<TlsSettings, SecureContext>()
/** Loading the system's authorities takes a fifth of a second; all drivers of the process share them. */
let systemContext: SecureContext | undefined

/**
 * The TLS context for the settings. Call it when the driver is made, to report unreadable certificates early.
 *
 * @throws CertificateConfigurationError when a certificate or key cannot be used
 */
export function secureContext(settings: TlsSettings): SecureContext {
  let context = contexts.get(settings)
  if (context === undefined) {
    const shared = settings.mode === 'system' && settings.cert === undefined
    if (shared) systemContext ??= createContext(settings)
    context = (shared ? systemContext : undefined) ?? createContext(settings)
    contexts.set(settings, context)
  }
  return context
}

function createContext(settings: TlsSettings): SecureContext {
  if (settings.options?.secureContext !== undefined) return settings.options.secureContext
  const own: SecureContextOptions = {}
  if (settings.cert !== undefined) own.cert = settings.cert
  if (settings.key !== undefined) own.key = settings.key
  if (settings.passphrase !== undefined) own.passphrase = settings.passphrase
  const ca = trustedAuthorities(settings)
  if (ca !== undefined) own.ca = ca
  try {
    return tls.createSecureContext({ minVersion: MIN_VERSION, ...settings.options, ...own })
  } catch (cause) {
    throw new CertificateConfigurationError(explainUnusableCertificate(settings, cause), { cause })
  }
}

function trustedAuthorities(settings: TlsSettings): string[] | undefined {
  if (settings.mode === 'custom') return readableAuthorities(settings.ca ?? [])
  return settings.mode === 'system' ? systemAuthorities() : undefined
}

/** Checks each certificate, because OpenSSL silently skips unreadable ones: every server would then be untrusted. */
function readableAuthorities(authorities: readonly string[]): string[] {
  authorities.forEach((pem, index) => {
    try {
      new X509Certificate(pem)
    } catch (cause) {
      throw new CertificateConfigurationError(
        `trustedCertificates: certificate ${index + 1} of ${authorities.length} cannot be read as PEM; expected text between ` +
          'BEGIN CERTIFICATE and END CERTIFICATE lines',
        { cause },
      )
    }
  })
  return [...authorities]
}

/** Where Linux distributions and BSDs keep the bundle of trusted authorities. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * Node's own authorities and those of the operating system: Node alone uses only the former, and would not trust an authority that
 * an administrator installed. Undefined if there is nothing to add to Node's list.
 */
function systemAuthorities(): string[] | undefined {
  // Not in the types of the oldest Node that is supported; there since 22.15.
  const { getCACertificates } = tls as { getCACertificates?: (store: 'default' | 'system') => string[] }
  if (getCACertificates !== undefined) return [...getCACertificates('default'), ...getCACertificates('system')]
  const bundle = readFirst(process.env['SSL_CERT_FILE'] === undefined ? BUNDLES : [process.env['SSL_CERT_FILE']])
  if (bundle === undefined) return undefined
  const extra = readFirst(process.env['NODE_EXTRA_CA_CERTS'] === undefined ? [] : [process.env['NODE_EXTRA_CA_CERTS']])
  return [...tls.rootCertificates, bundle, ...(extra === undefined ? [] : [extra])]
}

function readFirst(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'EACCES')
        throw error
    }
  }
  return undefined
}

/** Starts TLS over a connected socket. Whether the peer was accepted shows as the `secureConnect` or `error` event. */
export function startTls(socket: Socket, host: string, settings: TlsSettings): TLSSocket {
  const options: ConnectionOptions = {
    minVersion: MIN_VERSION,
    rejectUnauthorized: settings.mode !== 'any',
    ...settings.options,
    secureContext: secureContext(settings),
    socket,
    host,
  }
  // RFC 6066, section 3: the server name indication carries no IP addresses; Node checks those against `host`.
  if (options.servername === undefined && isIP(host) === 0) options.servername = host
  return tls.connect(options)
}

const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate has expired; it has to be renewed on the server",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet; check the clocks of both machines",
  CERT_REVOKED: "the server's certificate has been revoked",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "the server's certificate is self-signed; trust it with trustedCertificates: TrustCustomCAs(…), or use a +ssc scheme to " +
    'accept any certificate',
  SELF_SIGNED_CERT_IN_CHAIN:
    "the server's certificate was signed by an authority that is not trusted (the chain ends in a self-signed certificate); " +
    'name that authority with trustedCertificates: TrustCustomCAs(…)',
  UNABLE_TO_GET_ISSUER_CERT:
    "the server's certificate was signed by an authority that is not trusted; name it with trustedCertificates: " +
    'TrustCustomCAs(…)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the server's certificate was signed by an authority that is not trusted; name it with trustedCertificates: " +
    'TrustCustomCAs(…)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the server's certificate was signed by an authority that is not trusted, or the server does not send the certificates " +
    'in between; name the authority with trustedCertificates: TrustCustomCAs(…)',
  CERT_SIGNATURE_FAILURE: "the signature of the server's certificate is wrong",
}

const PLAIN_SERVER =
  'the server does not speak TLS on this port; use bolt:// or neo4j:// without +s or +ssc, or enable TLS on the server'
const CLIENT_CERTIFICATE = 'the server demands a client certificate that it trusts; set clientCertificate'
const REFUSED_CLIENT_CERTIFICATE =
  'the server does not accept the client certificate (clientCertificate): its authority is not trusted there, or it is not valid'

/** Explains OpenSSL's reasons, which are part of Node's error codes, in terms of the driver's settings. */
const HANDSHAKE_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|BAD_RECORD_TYPE|UNEXPECTED_MESSAGE/, PLAIN_SERVER],
  [/ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|ACCESS_DENIED)/, CLIENT_CERTIFICATE],
  [/ALERT_CERTIFICATE_REVOKED/, 'the server says that the client certificate has been revoked'],
  [/ALERT_UNSUPPORTED_CERTIFICATE/, 'the server does not take client certificates of this kind (clientCertificate)'],
  [/ALERT_CERTIFICATE_EXPIRED/, 'the server says that the client certificate has expired'],
  [
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE/,
    'the server and the driver share no TLS version; the driver speaks 1.2 and newer',
  ],
  [
    /ALERT_HANDSHAKE_FAILURE|ALERT_INSUFFICIENT_SECURITY|NO_SHARED_CIPHER|NO_CIPHERS_AVAILABLE/,
    'the server refused the handshake: no common cipher, or it demands a client certificate (clientCertificate)',
  ],
  [/ALERT_UNRECOGNIZED_NAME/, 'the server knows no host of this name'],
]

/**
 * OpenSSL's reasons for incompatible settings of client and server: the server refused or misses the client certificate, or there is no
 * common TLS version or cipher.
 */
const SET_UP_OTHERWISE =
  /ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|CERTIFICATE_REVOKED|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED|PROTOCOL_VERSION|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY|UNRECOGNIZED_NAME)|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE|NO_SHARED_CIPHER|NO_CIPHERS_AVAILABLE/

/** Whether another attempt would fail in the same way: a side refused a certificate, or no version or cipher is in common. */
export function isFinalTlsFailure(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return (
    code in CERTIFICATE_PROBLEMS || code === 'ERR_TLS_CERT_ALTNAME_INVALID' || SET_UP_OTHERWISE.test(opensslCode(error))
  )
}

/** Whether the settings have a client certificate, which is sent if the server asks for one. */
export function presentsCertificate({ cert, options }: TlsSettings): boolean {
  return cert !== undefined || options?.cert !== undefined || options?.pfx !== undefined
}

/** Whether the peer closed the connection without a reason. */
export function isHangUp(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'EPIPE'
}

/** The message if the server closes the connection after it received the client certificate. Some servers (Node's) send no alert. */
export const HUNG_UP_ON_CERTIFICATE = `the server hung up when it had seen the client certificate; probably ${REFUSED_CLIENT_CERTIFICATE}`

function opensslCode(error: Error): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return code.startsWith('ERR_SSL_') ? code : message.toUpperCase().replaceAll(' ', '_')
}

/**
 * A readable reason for a TLS failure; undefined if the error has nothing to do with TLS.
 * @param presented - whether a client certificate was sent to the server
 */
export function explainTlsFailure(error: Error, presented: boolean): string | undefined {
  const { code = '', message } = error as NodeJS.ErrnoException
  const problem = CERTIFICATE_PROBLEMS[code]
  if (problem !== undefined) return problem
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { reason } = error as Error & { reason?: string }
    return `the server's certificate was made for another host (${reason ?? message}); connect under a name it holds`
  }
  const openssl = opensslCode(error)
  const meaning = HANDSHAKE_PROBLEMS.find(([pattern]) => pattern.test(openssl))?.[1]
  return meaning === CLIENT_CERTIFICATE && presented ? REFUSED_CLIENT_CERTIFICATE : meaning
}

/** Like {@link explainTlsFailure}, for a failure during the handshake: a closed connection then has a meaning too. */
export function explainFailedHandshake(error: Error, presented: boolean): string {
  const known = explainTlsFailure(error, presented)
  if (known !== undefined) return known
  if (isHangUp(error)) {
    return `the server hung up during the TLS handshake; probably ${PLAIN_SERVER}`
  }
  return `the TLS handshake failed: ${error.message}`
}

function explainUnusableCertificate(settings: TlsSettings, cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException
  if (settings.mode === 'options') return `tlsOptions cannot be used: ${message}`
  if (/BAD_DECRYPT|INTERRUPTED_OR_CANCELLED|BAD_PASSWORD_READ/.test(code)) {
    return 'clientCertificate: the private key cannot be decrypted; check its password'
  }
  if (/KEY_VALUES_MISMATCH|KEY_TYPE_MISMATCH/.test(code)) {
    return 'clientCertificate: the private key does not belong to the certificate'
  }
  return `clientCertificate: cannot be read as PEM (${message}); expected text between BEGIN and END lines`
}
