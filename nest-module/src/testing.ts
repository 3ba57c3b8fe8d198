/** For tests of applications that use this package. Re-exports only. */

export { noopTransactionHost, withTransactionHost } from './testing/noop-host.ts'
export { type OverrideBoltlineOptions, overrideBoltline, provideNoopBoltline } from './testing/overrides.ts'
export { runInRollback } from './testing/run-in-rollback.ts'
export {
  BoltlineTestingModule,
  type EmbeddedModuleOptions,
  getServerToken,
  type ScriptedModuleOptions,
} from './testing/testing.module.ts'
