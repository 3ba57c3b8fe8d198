import { basicAuth } from '@boltline/core'
import { BoltlineExceptionFilter, BoltlineModule } from '@boltline/nestjs'
import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { AuditModule } from './audit/audit.module.ts'
import { HealthModule } from './health/health.module.ts'
import { OrdersModule } from './orders/orders.module.ts'

function settings() {
  const { NEO4J_URI = 'neo4j://localhost:7687', NEO4J_USER = 'neo4j', NEO4J_PASSWORD = '' } = process.env
  return { uri: NEO4J_URI, auth: basicAuth(NEO4J_USER, NEO4J_PASSWORD), database: 'neo4j' }
}

@Module({
  imports: [
    // The shop's own database. Nothing listens before a server has answered.
    BoltlineModule.forRootAsync({ useFactory: () => ({ ...settings(), schema: { apply: 'create' } }) }),
    // A second connection, by name: here to the same server, in a company to another one.
    BoltlineModule.forRootAsync({
      name: 'audit',
      useFactory: () => ({ ...settings(), driver: { maxConnectionPoolSize: 10 }, startup: { mode: 'background' } }),
    }),
    OrdersModule,
    AuditModule,
    HealthModule,
  ],
  // Errors of the database become answers: 409 for a broken constraint, 503 with Retry-After while it is away, and so on.
  providers: [{ provide: APP_FILTER, useClass: BoltlineExceptionFilter }],
})
export class AppModule {}
