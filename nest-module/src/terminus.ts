/** Health of connections for `@nestjs/terminus`. Re-exports only. */

export {
  BoltlineHealthIndicator,
  type HealthCheck,
  type HealthCheckOptions,
  type LivenessOptions,
} from './health/boltline.health.ts'
