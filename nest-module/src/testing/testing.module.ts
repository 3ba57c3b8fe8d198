/** Connections to a server in the test's own process. */

import type { EmbeddedGraph, ScriptedServer } from '@boltline/embedded'
import type { DynamicModule, InjectionToken, OnApplicationShutdown } from '@nestjs/common'
import { DEFAULT_CONNECTION } from '../injection/names.ts'
import { BoltlineModule } from '../module/boltline.module.ts'
import type { BoltlineOptions } from '../module/boltline.options.ts'

/** Options that both kinds of servers share. */
interface ServerModuleOptions extends Omit<BoltlineOptions, 'uri' | 'auth' | 'useDriver'> {
  /** The name of the connection. Default: the unnamed connection. */
  readonly name?: string | undefined
}

/** The options of {@link BoltlineTestingModule.forEmbedded}. */
export interface EmbeddedModuleOptions extends ServerModuleOptions {
  /** Cypher statements, separated by semicolons, that create the initial graph. */
  readonly load?: string | undefined
}

/** The options of {@link BoltlineTestingModule.forScripted}. */
export interface ScriptedModuleOptions extends ServerModuleOptions {
  /** Configures the server's answers; called before the application starts. */
  readonly script?: ((server: ScriptedServer) => void) | undefined
}

/** The injection token of the server that a testing module starts. */
export function getServerToken(name: string = DEFAULT_CONNECTION): InjectionToken {
  return Symbol.for(`the server of BoltlineTestingModule, connection ${name}`)
}

/** Closes the server after the providers that use it. */
class ServerHolder implements OnApplicationShutdown {
  readonly server: AsyncDisposable & { readonly uri: string }

  constructor(server: AsyncDisposable & { readonly uri: string }) {
    this.server = server
  }

  async onApplicationShutdown(): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }
}

/** `BoltlineModule` for tests. Needs `@boltline/embedded`. */
export class BoltlineTestingModule {
  /**
   * Registers a connection to a scripted server, in place of `BoltlineModule.forRoot()`. The server starts and stops with the
   * application.
   *
   * @example
   * ```ts
   * const module = await Test.createTestingModule({
   *   imports: [BoltlineTestingModule.forScripted({ script: (server) => server.when('RETURN 1 AS x').returns([{ x: 1 }]) })],
   *   providers: [Orders],
   * }).compile()
   * const server = module.get<ScriptedServer>(getServerToken())
   * ```
   */
  static forScripted(options?: ScriptedModuleOptions | null): DynamicModule {
    const { name, script, ...rest } = options ?? {}
    return onServer(name, rest, async () => {
      const { startScripted } = await import('@boltline/embedded')
      const server = await startScripted()
      script?.(server)
      return server
    })
  }

  /**
   * Registers a connection to an embedded graph (experimental), in place of `BoltlineModule.forRoot()`. The graph starts and
   * stops with the application. `module.get<EmbeddedGraph>(getServerToken())` gives access to its `load()` and `reset()`.
   *
   * @example
   * ```ts
   * imports: [BoltlineTestingModule.forEmbedded({ load: "CREATE (:Product {id: 'p-1', stock: 3})" })]
   * ```
   */
  static forEmbedded(options?: EmbeddedModuleOptions | null): DynamicModule {
    const { name, load, ...rest } = options ?? {}
    return onServer(name, rest, async () => {
      const { startEmbedded } = await import('@boltline/embedded')
      const graph: EmbeddedGraph = await startEmbedded()
      if (load !== undefined) await graph.load(load)
      return graph
    })
  }
}

function onServer(
  name: string | undefined,
  options: Omit<BoltlineOptions, 'uri' | 'auth' | 'useDriver'>,
  startServer: () => Promise<AsyncDisposable & { readonly uri: string }>,
): DynamicModule {
  const holder = Symbol('the holder of a testing server')
  const servers: DynamicModule = {
    module: class BoltlineTestingServer {},
    providers: [
      { provide: holder, useFactory: async () => new ServerHolder(await startServer()) },
      { provide: getServerToken(name), inject: [holder], useFactory: ({ server }: ServerHolder) => server },
    ],
    exports: [holder, getServerToken(name)],
  }
  return {
    module: BoltlineTestingModule,
    imports: [
      servers,
      BoltlineModule.forRootAsync({
        name,
        imports: [servers],
        inject: [holder],
        useFactory: ({ server }: ServerHolder) => ({ ...options, uri: server.uri }),
      }),
    ],
  }
}
