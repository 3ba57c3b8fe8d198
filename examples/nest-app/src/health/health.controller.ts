import { BoltlineHealthIndicator } from '@boltline/nestjs/terminus'
import { Controller, Get } from '@nestjs/common'
import { HealthCheck, HealthCheckService } from '@nestjs/terminus'

@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly neo4j: BoltlineHealthIndicator,
  ) {}

  /** Never asks the database: if that is away, a restart of this process mends nothing. */
  @Get('livez')
  @HealthCheck()
  live() {
    return this.health.check([this.neo4j.live('neo4j'), this.neo4j.live('audit', { connection: 'audit' })])
  }

  @Get('readyz')
  @HealthCheck()
  ready() {
    return this.health.check([
      this.neo4j.check('neo4j', { timeout: 2_000 }),
      this.neo4j.check('audit', { connection: 'audit', timeout: 2_000 }),
    ])
  }
}
