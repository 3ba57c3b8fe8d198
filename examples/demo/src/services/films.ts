/** The films API, in Nest: reads and writes as transactional methods, health for probes. */

import 'reflect-metadata'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Driver } from '@boltline/core'
import {
  BoltlineClient,
  BoltlineExceptionFilter,
  BoltlineModule,
  ReadTransaction,
  WriteTransaction,
} from '@boltline/nestjs'
import { BoltlineHealthIndicator } from '@boltline/nestjs/terminus'
import {
  Controller,
  Get,
  Injectable,
  Module,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Query,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus'
import { tracedRequests } from '../telemetry/traced-requests.ts'
import type { Database, Service } from './service.ts'

export interface FilmRow {
  readonly id: number
  readonly title: string
  readonly rating: number
  readonly awards: number
}

const name = 'films (Nest)'

/** How long a jury takes between two awards of one ceremony (ms): the transaction is open all the while. */
const juryTime = 400

@Injectable()
export class Films {
  constructor(private readonly neo: BoltlineClient) {}

  @ReadTransaction()
  best(genre: string): Promise<FilmRow[]> {
    return this.neo.all<FilmRow>(
      'MATCH (f:Film)-[:OF_GENRE]->(:Genre {name: $genre}) RETURN f.id AS id, f.title AS title, f.rating AS rating, f.awards AS awards ORDER BY rating DESC, id LIMIT 10',
      { genre },
    )
  }

  @ReadTransaction()
  async byId(id: number): Promise<FilmRow & { cast: string[] }> {
    const film = await this.neo.oneOrNull<FilmRow>(
      'MATCH (f:Film {id: $id}) RETURN f.id AS id, f.title AS title, f.rating AS rating, f.awards AS awards',
      { id },
    )
    if (film === null) throw new NotFoundException(`there is no film ${id}`)
    const cast = await this.neo.all<{ name: string }>(
      'MATCH (p:Person)-[:ACTED_IN]->(:Film {id: $id}) RETURN p.name AS name ORDER BY name',
      { id },
    )
    return { ...film, cast: cast.map(({ name }) => name) }
  }

  /** Both films get their award, or neither does. Two ceremonies at once get in each other's way, and one is tried again. */
  @WriteTransaction()
  async ceremony(first: number, second: number): Promise<void> {
    await this.award(first)
    await pause(juryTime)
    await this.award(second)
  }

  @WriteTransaction()
  async award(id: number): Promise<void> {
    const { counters } = await this.neo.consume('MATCH (f:Film {id: $id}) SET f.awards = f.awards + 1', { id })
    if (counters.propertiesSet === 0) throw new NotFoundException(`there is no film ${id}`)
  }
}

@Controller('films')
class FilmsController {
  constructor(private readonly films: Films) {}

  @Get('best')
  best(@Query('genre') genre: string): Promise<FilmRow[]> {
    return this.films.best(genre)
  }

  @Get(':id')
  byId(@Param('id', ParseIntPipe) id: number): Promise<FilmRow> {
    return this.films.byId(id)
  }

  @Post(':first/ceremony/:second')
  ceremony(@Param('first', ParseIntPipe) first: number, @Param('second', ParseIntPipe) second: number): Promise<void> {
    return this.films.ceremony(first, second)
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly neo4j: BoltlineHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.neo4j.check('neo4j', { timeout: 2_000 })])
  }
}

/** Starts the API on a free port of this machine. */
export async function startFilms({ uri, auth }: Database): Promise<Service> {
  @Module({
    imports: [
      BoltlineModule.forRoot({ uri, auth, driver: { maxConnectionPoolSize: 20 }, logging: 'warn' }),
      // The page shows the results of probes, so they are not logged.
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [FilmsController, HealthController],
    providers: [Films, BoltlineHealthIndicator],
  })
  class FilmsModule {}

  const app = await NestFactory.create(FilmsModule, { logger: ['error', 'warn'] })
  app.use(tracedRequests(name))
  app.useGlobalFilters(new BoltlineExceptionFilter())
  await app.listen(0, '127.0.0.1')
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    driver: app.get(Driver),
    readiness: '/health/ready',
    close: () => app.close(),
  }
}
