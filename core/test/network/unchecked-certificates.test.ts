import { expect, it, vi } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { type DriverConfig, GraphDatabase, SecurityWarning, TrustAll, TrustCustomCAs } from '../../src/index.ts'

/** The warnings of the process and the lines of level `warn` while a driver is made and closed. */
async function warningsOf(uri: string, config: DriverConfig = {}): Promise<{ warnings: unknown[]; lines: string[] }> {
  const emit = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
  const lines: string[] = []
  const nothing = () => undefined
  const logger = { debug: nothing, info: nothing, error: nothing, warn: (line: string) => lines.push(line) }
  try {
    const driver = GraphDatabase.driver(uri, { logger, ...config })
    driver.session()
    await driver.close()
    return { warnings: emit.mock.calls.map(([warning]) => warning), lines }
  } finally {
    emit.mockRestore()
  }
}

it.each([
  ['bolt+ssc://db.internal', {}, 'the scheme bolt+ssc'],
  ['neo4j+ssc://db.internal', {}, 'the scheme neo4j+ssc'],
  ['bolt://db.internal', { encrypted: true, trustedCertificates: TrustAll() }, 'trustedCertificates: TrustAll()'],
  ['neo4j://db.internal', { tlsOptions: { rejectUnauthorized: false } }, 'tlsOptions: { rejectUnauthorized: false }'],
])('A driver for %s with %o warns once that it accepts every certificate', async (uri, config, setting) => {
  const { warnings, lines } = await warningsOf(uri, config)
  expect(lines.length).toBe(1)
  expect(lines[0]).toContain(`boltline: The driver for db.internal:7687 accepts every certificate (${setting})`)
  expect(warnings.length).toBe(1)
  expect(warnings[0]).toBeInstanceOf(SecurityWarning)
  expect(warnings[0]).toMatchObject({ code: 'BOLTLINE_SECURITY', message: lines[0]?.slice('boltline: '.length) })
})

it.each([
  ['bolt+s://db.internal', {}],
  ['bolt://db.internal', {}],
  ['bolt://db.internal', { trustedCertificates: TrustAll() }],
  [
    'bolt://db.internal',
    { encrypted: true, trustedCertificates: TrustCustomCAs(createCertificate({ names: ['a'] }).certificate) },
  ],
  ['bolt://db.internal', { tlsOptions: {} }],
])('A driver for %s that checks certificates, or has none, warns of nothing', async (uri, config) => {
  expect(await warningsOf(uri, config)).toEqual({ warnings: [], lines: [] })
})
