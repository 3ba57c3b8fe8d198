/**
 * For tests of programs that use the driver, and for conformance suites: the clock, and what has to be seen or replaced
 * inside of a driver. Not covered by the promises of the public API. Re-exports only.
 */

export type { RoutingTableSnapshot } from './routing/routing-table.ts'
export { type Clock, type Timer, type TimerOptions, useClock } from './time/clock.ts'
export { ManualClock } from './time/manual-clock.ts'
export type { Lookup } from './transport/resolve.ts'
export { type DriverInternals, driverInternals } from './wiring.ts'
