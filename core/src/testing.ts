/**
 * The clock and the internals of a driver, for tests and conformance suites. Not part of the public API. Re-exports only.
 */

export { type DriverInternals, driverInternals } from './internals.ts'
export type { RoutingTableSnapshot } from './routing/routing-table.ts'
export { type Clock, type Timer, type TimerOptions, useClock } from './time/clock.ts'
export { ManualClock } from './time/manual-clock.ts'
export type { Lookup } from './transport/resolve.ts'
