/**
 * Constructs a driver from checked settings: connector, pool, router, executor services. The parts get what they need of each other as
 * functions and do not import each other. Nothing is decided here.
 */

import type { Connection } from './bolt/connection.ts'
import { Connections } from './connecting/connections.ts'
import { Connector } from './connecting/connector.ts'
import { diagnose } from './connecting/diagnose.ts'
import { diagnosisParts } from './connecting/diagnosis-parts.ts'
import { warnOfUncheckedCertificates } from './connecting/unchecked-certificates.ts'
import { createLogs, type Logs } from './diagnostics/log.ts'
import type { DriverIdentity } from './diagnostics/messages.ts'
import { Warnings } from './diagnostics/warnings.ts'
import { type Driver, driverOf } from './driver/driver.ts'
import { DriverError } from './errors/index.ts'
import { createBookmarkManager } from './execution/bookmark-manager.ts'
import type { ExecutionServices } from './execution/executor.ts'
import { keepInternals } from './internals.ts'
import { ResultFactory } from './results/result-factory.ts'
import { ClusterRouter } from './routing/cluster.ts'
import { DirectRouter } from './routing/direct.ts'
import type { DriverSettings } from './settings/config.ts'
import { Credentials } from './settings/credentials.ts'
import { Deadline } from './time/deadline.ts'

/** Creates a driver from checked settings. Opens no connection. */
export function assembleDriver(settings: DriverSettings): Driver {
  const logs = createLogs(settings.logger, settings.redact)
  const warnings = new Warnings(settings.redact)
  warnOfUncheckedCertificates(settings, logs, warnings)
  const identity = identityFor(settings)
  const closing = new AbortController()
  const credentials = new Credentials(settings.authManager, logs.auth, closing.signal)
  const connector = new Connector(settings, logs)
  const connections = new Connections(settings, connector, credentials, identity)
  const router = routerFor(settings, logs, connections, identity)
  connections.reportFailuresTo(router)
  const source: ExecutionServices = {
    driver: identity,
    router,
    handleAuthError: (error, signal) =>
      credentials.handleAuthError(error, Deadline.in(settings.connectionAcquisitionTimeout), signal),
    acquisitionTimeout: settings.connectionAcquisitionTimeout,
    retryTime: settings.maxTransactionRetryTime,
    responseTimeout: settings.responseTimeout,
    rollbackTimeout: settings.rollbackTimeout,
    closed: closing.signal,
    telemetryDisabled: settings.telemetryDisabled,
    autoCommitRetries: !settings.disableAutoCommitRetries,
    log: logs.driver,
    shared: null,
  }
  const driver = driverOf({
    settings,
    source,
    results: new ResultFactory(warnings, logs.notifications, settings.warnNotificationSeverity),
    warnings,
    bookmarkManager: createBookmarkManager(),
    poolMetrics: () => router.metrics(),
    diagnose: () => diagnose(diagnosisParts(settings, connector, credentials, closing.signal)),
    closeConnections: () => {
      closing.abort(new DriverError('The driver has been closed'))
      return router.close()
    },
  })
  keepInternals(driver, connector, router, source)
  return driver
}

let drivers = 0

function identityFor(settings: DriverSettings): DriverIdentity {
  const { scheme, address, routing, tls } = settings
  drivers += 1
  return Object.freeze({
    id: drivers,
    uri: `${scheme}://${address}`,
    host: address.host,
    port: address.portNumber,
    routed: routing,
    encrypted: tls !== null,
  })
}

function routerFor(
  settings: DriverSettings,
  logs: Logs,
  connections: Connections,
  driver: DriverIdentity,
): ClusterRouter<Connection> | DirectRouter<Connection> {
  const { address } = settings
  const pool = {
    max: settings.maxConnectionPoolSize,
    maxLifetime: settings.maxConnectionLifetime,
    livenessCheckTimeout: settings.livenessCheckTimeout,
    resetTimeout: settings.resetTimeout,
    goodbyeTimeout: settings.goodbyeTimeout,
    livenessProbeTimeout: Math.min(settings.livenessProbeTimeout, settings.connectionTimeout),
    log: logs.pool,
    driver,
    admit: connections.prepare.bind(connections),
    expireLogin: (connection: Connection) => connection.authentication.expire(),
  }
  const connect = connections.open.bind(connections)
  if (!settings.routing) return new DirectRouter({ ...pool, address, connect: connect.bind(null, address) })
  return new ClusterRouter({
    ...pool,
    connect,
    seed: address,
    resolve: settings.resolver ?? undefined,
    routingTimeout: settings.routingTimeout,
    acquisitionTimeout: settings.connectionAcquisitionTimeout,
    routesItself: (connection) => connection.hints['ssr.enabled'] === true,
    fetchTable: connections.fetchTable.bind(connections),
  })
}
