// Real Nest applications on a scripted server, closed when their test is done.

import 'reflect-metadata'
import { type Timer, useClock } from '@boltline/core/testing'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { BoltlineClient, BoltlineModule, type BoltlineModuleOptions, TransactionHost } from '@boltline/nestjs'
import {
  type INestApplication,
  type INestApplicationContext,
  Injectable,
  type LoggerService,
  type ModuleMetadata,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { onTestFinished } from 'vitest'

/** What a Nest application has logged. */
export class Logged implements LoggerService {
  lines: string[] = []

  log(message: unknown, context?: string): void {
    this.#add('log', message, context)
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#add('error', message, rest.at(-1))
  }

  warn(message: unknown, context?: string): void {
    this.#add('warn', message, context)
  }

  debug(message: unknown, context?: string): void {
    this.#add('debug', message, context)
  }

  /** The lines of this package: Nest's own are left out. */
  get own(): string[] {
    return this.lines.filter((line) => line.includes('[Boltline'))
  }

  #add(level: string, message: unknown, context: unknown): void {
    this.lines.push(`${level} [${String(context)}] ${String(message)}`)
  }
}

/** What most services and controllers of the tests are given. */
@Injectable()
export class Repository {
  readonly neo: BoltlineClient
  readonly host: TransactionHost

  constructor(neo: BoltlineClient, host: TransactionHost) {
    this.neo = neo
    this.host = host
  }
}

/** A scripted server that ends with the test. */
export async function scripted(): Promise<ScriptedServer> {
  const server = await startScripted()
  onTestFinished(() => server.close())
  return server
}

/** The pauses before retries are over at once, and count as if they had lasted. Limits, which are longer, last. */
export function hurry(): void {
  let ahead = 0
  onTestFinished(
    useClock({
      now: () => Date.now() + ahead,
      setTimeout: (fn, ms, options) => {
        if (options?.ref !== true || ms > 20_000) return setTimeout(fn, Math.min(ms, 2 ** 31 - 1)) as Timer
        return setTimeout(() => {
          ahead += ms
          fn()
        }, 1) as Timer
      },
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    }),
  )
}

export interface Started {
  readonly app: INestApplicationContext
  readonly logged: Logged
}

/** A module of the given parts; Nest wants a class for each. */
export function moduleOf(metadata: ModuleMetadata): new () => object {
  class AppModule {}
  for (const [key, value] of Object.entries(metadata)) Reflect.defineMetadata(key, value, AppModule)
  return AppModule
}

/** An application without a transport, with the connection of `options` and the parts of `metadata`. */
export async function start(options: BoltlineModuleOptions, metadata: ModuleMetadata = {}): Promise<Started> {
  const { imports = [], ...rest } = metadata
  return boot({ ...rest, imports: [BoltlineModule.forRoot(options), ...imports] })
}

/** An application without a transport. */
export async function boot(metadata: ModuleMetadata): Promise<Started> {
  const logged = new Logged()
  const app = await NestFactory.createApplicationContext(moduleOf(metadata), { logger: logged, abortOnError: false })
  closeOnce(app)
  return { app, logged }
}

/** Closes an application when its test is done; Nest 11 would run the hooks of one that is closed again. */
function closeOnce(app: INestApplicationContext): void {
  const close = app.close.bind(app)
  let closed: Promise<void> | undefined
  app.close = (...parameters) => {
    closed ??= close(...parameters)
    return closed
  }
  onTestFinished(() => app.close())
}

/**
 * An application that serves HTTP by Express, and its address.
 * @param callers - how many of them may come at the same moment
 */
export async function serve(
  metadata: ModuleMetadata,
  callers = 511,
): Promise<{ app: INestApplication; url: string; logged: Logged }> {
  const logged = new Logged()
  const app = await NestFactory.create(moduleOf(metadata), { logger: logged, abortOnError: false })
  closeOnce(app)
  await app.init()
  const server = app.getHttpServer()
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: callers }, resolve))
  return { app, url: `http://127.0.0.1:${server.address().port}`, logged }
}

/** An application that serves HTTP, and its address. */
export interface Served {
  readonly app: INestApplication
  readonly url: string
  readonly logged: Logged
}

/** An application that serves HTTP by Fastify. */
export async function serveByFastify(metadata: ModuleMetadata): Promise<Served> {
  const logged = new Logged()
  const app = await NestFactory.create<NestFastifyApplication>(moduleOf(metadata), new FastifyAdapter(), {
    logger: logged,
    abortOnError: false,
  })
  closeOnce(app)
  await app.listen(0, '127.0.0.1')
  return { app, url: await app.getUrl(), logged }
}

/** What Nest can serve HTTP by, for `describe.each`. */
export const platforms = [
  ['Express', (metadata: ModuleMetadata): Promise<Served> => serve(metadata)],
  ['Fastify', serveByFastify],
] as const

/** Where a test stands still until it is let go on. */
export class Gate {
  open!: () => void
  readonly opened: Promise<void> = new Promise((resolve) => {
    this.open = resolve
  })
}

/** A promise's reason for rejecting. */
export async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${String(value)}`)
    },
    (reason: unknown) => reason,
  )
}

/** The BEGINs, COMMITs and ROLLBACKs that a server has seen. */
export function endings(server: ScriptedServer): string[] {
  return server.events.map(({ type }) => type).filter((type) => ['begin', 'commit', 'rollback'].includes(type))
}
