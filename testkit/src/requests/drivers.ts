/** Drivers: making, asking and closing them. */

import { join } from 'node:path'
import {
  type Address,
  type BookmarkManager,
  type DriverConfig,
  GraphDatabase,
  type NotificationDisabledCategory,
  type NotificationMinimumSeverity,
  TrustAll,
  TrustCustomCAs,
  type TrustedCertificates,
  TrustSystemCAs,
} from '@boltline/core'
import { driverInternals } from '@boltline/core/testing'
import type { Conversation } from '../conversation.ts'
import { type CypherMap, fromTestKitMap } from '../cypher-values.ts'
import { eagerResultToTestKit, serverInfoToTestKit } from '../summaries.ts'
import { authFromTestKit, type CertificateMessage, certificateFromTestKit, type TokenMessage } from './credentials.ts'

/** Where TestKit keeps the certificates of its authorities. */
const authorities = '/usr/local/share/custom-ca-certificates/'

interface NewDriver {
  readonly uri: string
  readonly authorizationToken: TokenMessage | null
  readonly authTokenManagerId: number | null
  readonly userAgent: string | null
  readonly resolverRegistered: boolean
  readonly domainNameResolverRegistered: boolean
  readonly connectionTimeoutMs: number | null
  readonly fetchSize: number | null
  readonly maxTxRetryTimeMs: number | null
  readonly livenessCheckTimeoutMs: number | null
  readonly maxConnectionPoolSize: number | null
  readonly connectionAcquisitionTimeoutMs: number | null
  readonly clientCertificate: CertificateMessage | null
  readonly clientCertificateProviderId: number | null
  readonly notificationsMinSeverity?: NotificationMinimumSeverity
  readonly notificationsDisabledCategories?: readonly NotificationDisabledCategory[]
  readonly telemetryDisabled?: boolean
  readonly encrypted?: boolean
  readonly trustedCertificates?: readonly string[] | null
}

interface OfDriver {
  readonly driverId: number
}

function newDriver(data: NewDriver, talk: Conversation): void {
  const driver = GraphDatabase.driver(data.uri, {
    auth: authOf(data, talk),
    userAgent: data.userAgent,
    resolver: data.resolverRegistered ? resolverOf(talk) : null,
    connectionTimeout: data.connectionTimeoutMs,
    // Its scripts have batches of 1000 where the driver's own choice would be to ask for all.
    fetchSize: data.fetchSize ?? 1000,
    maxTransactionRetryTime: data.maxTxRetryTimeMs,
    livenessCheckTimeout: data.livenessCheckTimeoutMs,
    maxConnectionPoolSize: data.maxConnectionPoolSize,
    connectionAcquisitionTimeout: data.connectionAcquisitionTimeoutMs,
    // The suite's limit is for each connection, and does not cover a router's answer.
    routingTimeout: Number.POSITIVE_INFINITY,
    clientCertificate: clientCertificateOf(data, talk),
    notificationsMinSeverity: data.notificationsMinSeverity,
    notificationsDisabledCategories: data.notificationsDisabledCategories,
    telemetryDisabled: data.telemetryDisabled,
    encrypted: data.encrypted,
    trustedCertificates: trustOf(data.trustedCertificates),
    integers: 'bigint',
  })
  if (data.domainNameResolverRegistered) {
    driverInternals(driver).lookup = async (name) => {
      const { addresses } = await talk.ask<{ addresses: string[] }>('DomainNameResolutionRequired', { name })
      return addresses
    }
  }
  talk.respond('Driver', { id: talk.drivers.put(driver) })
}

function authOf(data: NewDriver, talk: Conversation): DriverConfig['auth'] {
  if (data.authTokenManagerId !== null) return talk.authManagers.get(data.authTokenManagerId)
  return data.authorizationToken === null ? null : authFromTestKit(data.authorizationToken)
}

function resolverOf(talk: Conversation): DriverConfig['resolver'] {
  return async (address: Address) => {
    const { addresses } = await talk.ask<{ addresses: string[] }>('ResolverResolutionRequired', {
      address: String(address),
    })
    return addresses
  }
}

function clientCertificateOf(data: NewDriver, talk: Conversation): DriverConfig['clientCertificate'] {
  if (data.clientCertificateProviderId !== null) return talk.certificateProviders.get(data.clientCertificateProviderId)
  return data.clientCertificate === null ? null : certificateFromTestKit(data.clientCertificate)
}

function trustOf(certificates: NewDriver['trustedCertificates']): TrustedCertificates | undefined {
  if (certificates === undefined) return undefined
  if (certificates === null) return TrustSystemCAs()
  if (certificates.length === 0) return TrustAll()
  return TrustCustomCAs(...certificates.map((name) => join(authorities, name)))
}

interface ExecuteQuery extends OfDriver {
  readonly cypher: string
  readonly params: CypherMap | null
  readonly config: {
    readonly routing: 'r' | 'w' | null
    readonly database: string | null
    readonly impersonatedUser: string | null
    readonly bookmarkManagerId?: number
    readonly txMeta: CypherMap | null
    readonly timeout: number | null
    readonly authorizationToken: TokenMessage | null
  }
}

async function executeQuery({ driverId, cypher, params, config }: ExecuteQuery, talk: Conversation): Promise<void> {
  const result = await talk.drivers
    .get(driverId)
    .executeQuery(cypher, params === null ? null : fromTestKitMap(params), {
      routing: config.routing,
      database: config.database,
      impersonatedUser: config.impersonatedUser,
      bookmarkManager: bookmarkManagerOf(config.bookmarkManagerId, talk),
      metadata: config.txMeta === null ? null : fromTestKitMap(config.txMeta),
      timeout: config.timeout,
      auth: config.authorizationToken === null ? null : authFromTestKit(config.authorizationToken),
    })
  talk.respond('EagerResult', eagerResultToTestKit(result))
}

/** Absent: the driver's own; −1: none. */
function bookmarkManagerOf(id: number | undefined, talk: Conversation): BookmarkManager | null | undefined {
  if (id === undefined) return undefined
  return id === -1 ? null : talk.bookmarkManagers.get(id)
}

async function verifyConnectivity({ driverId }: OfDriver, talk: Conversation): Promise<void> {
  await talk.drivers.get(driverId).verifyConnectivity()
  talk.respond('Driver', { id: driverId })
}

async function getServerInfo({ driverId }: OfDriver, talk: Conversation): Promise<void> {
  talk.respond('ServerInfo', serverInfoToTestKit(await talk.drivers.get(driverId).getServerInfo()))
}

async function checkMultiDbSupport({ driverId }: OfDriver, talk: Conversation): Promise<void> {
  const available = await talk.drivers.get(driverId).supportsMultiDb()
  talk.respond('MultiDBSupport', { id: talk.newId(), available })
}

async function checkSessionAuthSupport({ driverId }: OfDriver, talk: Conversation): Promise<void> {
  const available = await talk.drivers.get(driverId).supportsSessionAuth()
  talk.respond('SessionAuthSupport', { id: talk.newId(), available })
}

interface VerifyAuthentication extends OfDriver {
  readonly authorizationToken: TokenMessage | null
}

async function verifyAuthentication(data: VerifyAuthentication, talk: Conversation): Promise<void> {
  const auth = data.authorizationToken === null ? null : authFromTestKit(data.authorizationToken)
  const authenticated = await talk.drivers.get(data.driverId).verifyAuthentication(auth)
  talk.respond('DriverIsAuthenticated', { id: talk.newId(), authenticated })
}

function checkDriverIsEncrypted({ driverId }: OfDriver, talk: Conversation): void {
  talk.respond('DriverIsEncrypted', { encrypted: talk.drivers.get(driverId).encrypted })
}

async function driverClose({ driverId }: OfDriver, talk: Conversation): Promise<void> {
  await talk.drivers.get(driverId).close()
  talk.respond('Driver', { id: driverId })
}

interface OfDatabase extends OfDriver {
  readonly database: string | null
}

interface ForcedRoutingTableUpdate extends OfDatabase {
  readonly bookmarks: readonly string[] | null
}

async function forcedRoutingTableUpdate(data: ForcedRoutingTableUpdate, talk: Conversation): Promise<void> {
  await driverInternals(talk.drivers.get(data.driverId)).refreshRoutingTable(data.database, data.bookmarks ?? [])
  talk.respond('Driver', { id: data.driverId })
}

function getRoutingTable({ driverId, database }: OfDatabase, talk: Conversation): void {
  const table = driverInternals(talk.drivers.get(driverId)).routingTable(database)
  talk.respond('RoutingTable', {
    database: table.database,
    ttl: table.ttl / 1000,
    routers: table.routers.map(String),
    readers: table.readers.map(String),
    writers: table.writers.map(String),
  })
}

interface GetConnectionPoolMetrics extends OfDriver {
  readonly address: string
}

function getConnectionPoolMetrics({ driverId, address }: GetConnectionPoolMetrics, talk: Conversation): void {
  const pool = talk.drivers
    .get(driverId)
    .poolMetrics()
    .find((each) => each.address === address)
  if (pool === undefined) throw new Error(`There is no connection pool for ${address}`)
  talk.respond('ConnectionPoolMetrics', { inUse: pool.inUse, idle: pool.idle })
}

export const driverRequests = {
  NewDriver: newDriver,
  ExecuteQuery: executeQuery,
  VerifyConnectivity: verifyConnectivity,
  GetServerInfo: getServerInfo,
  CheckMultiDBSupport: checkMultiDbSupport,
  CheckSessionAuthSupport: checkSessionAuthSupport,
  VerifyAuthentication: verifyAuthentication,
  CheckDriverIsEncrypted: checkDriverIsEncrypted,
  DriverClose: driverClose,
  ForcedRoutingTableUpdate: forcedRoutingTableUpdate,
  GetRoutingTable: getRoutingTable,
  GetConnectionPoolMetrics: getConnectionPoolMetrics,
}
