/** OpenTelemetry for the Boltline driver: spans, metrics, and trace context in transaction metadata. */

export { maskCypher } from './cypher/mask.ts'
export { summarizeCypher } from './cypher/summary.ts'
export { BoltlineInstrumentation } from './instrumentation.ts'
export type { CallInfo } from './settings/call-info.ts'
export type { BoltlineInstrumentationOptions, Detail, ParameterFilter } from './settings/options.ts'
