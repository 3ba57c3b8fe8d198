// X.509 certificates for tests, written with node:crypto alone (neither openssl nor keytool needs to be there).
// Follows RFC 5280: DER is built from three shapes (primitive, sequence, context tag), signed with ECDSA P-256.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

/**
 * @typedef {object} Certificate
 * @property {string} certificate PEM
 * @property {string} key PEM, PKCS #8, not encrypted
 */

/**
 * @typedef {object} CertificateOptions
 * @property {readonly string[]} [names] host names and IP addresses it is valid for; the first is the common name. Default: localhost, 127.0.0.1, ::1
 * @property {Date} [from] default: yesterday
 * @property {Date} [until] default: in ten years
 * @property {boolean} [authority] may it sign others? Default: true when self-signed, so that it can be trusted as a root
 * @property {Certificate & { name: string }} [issuer] signs it; default: itself. `name` is the issuer's common name
 */

const day = 86_400_000

const oid = {
  commonName: '550403',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  ecPublicKeySha256: '2a8648ce3d040302',
}

/**
 * A new key with its certificate.
 *
 * @example
 * const { certificate, key } = createCertificate({ names: ['localhost', '127.0.0.1'] })
 *
 * @param {CertificateOptions} [options]
 * @returns {Certificate}
 */
export function createCertificate(options = {}) {
  const names = options.names ?? ['localhost', '127.0.0.1', '::1']
  const from = options.from ?? new Date(Date.now() - day)
  const until = options.until ?? new Date(Date.now() + 3650 * day)
  const authority = options.authority ?? options.issuer === undefined
  const commonName = names[0] ?? 'localhost'
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const algorithm = sequence(objectId(oid.ecPublicKeySha256))

  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    distinguishedName(options.issuer?.name ?? commonName),
    sequence(time(from), time(until)),
    distinguishedName(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      3,
      sequence(
        extension(oid.basicConstraints, authority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence()),
        extension(oid.subjectAltName, sequence(...names.map(generalName))),
      ),
    ),
  )
  const signature = sign('sha256', body, options.issuer?.key ?? key)
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return { certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`, key }
}

/**
 * @param {number} tag
 * @param {Buffer} content
 */
function der(tag, content) {
  const length = content.length
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), content])
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content])
}

/** @param {Buffer[]} parts */
const sequence = (...parts) => der(0x30, Buffer.concat(parts))

/** @param {Buffer} bytes */
const integer = (bytes) => der(0x02, bytes)

/** @param {string} hex */
const objectId = (hex) => der(0x06, Buffer.from(hex, 'hex'))

/**
 * @param {number} number
 * @param {Buffer} content
 */
const tagged = (number, content) => der(0xa0 | number, content)

/** @param {string} name */
const distinguishedName = (name) =>
  sequence(der(0x31, sequence(objectId(oid.commonName), der(0x0c, Buffer.from(name, 'utf8')))))

/**
 * @param {string} id
 * @param {Buffer} value
 */
const extension = (id, value) => sequence(objectId(id), der(0x04, value))

/** @param {Date} date */
function time(date) {
  const digits = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  // RFC 5280 wants the two-digit year up to 2049 and the four-digit one after it.
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

/** @param {string} name */
function generalName(name) {
  if (isIP(name) === 4) return der(0x87, Buffer.from(name.split('.').map(Number)))
  if (isIP(name) === 6) return der(0x87, ipv6(name))
  return der(0x82, Buffer.from(name, 'ascii'))
}

/** @param {string} name */
function ipv6(name) {
  const [head = '', tail] = name.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...before, ...Array(8 - before.length - after.length).fill('0'), ...after]
  return Buffer.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]))
}
