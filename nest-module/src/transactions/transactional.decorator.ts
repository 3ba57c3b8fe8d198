/**
 * `@Transactional()` and its relatives. A decorator wraps a method in a call of the transaction host, which Nest injects into
 * the instance as a property of the decorator's own: so methods of request-scoped and inherited classes work, two applications
 * in one process stay separate, and an application without the connection fails to start.
 */

import 'reflect-metadata'
import { ConfigurationError } from '@boltline/core'
import { callback, choice } from '@boltline/core/options'
import { Inject } from '@nestjs/common'
import { Observable } from 'rxjs'
import { DEFAULT_CONNECTION, registration } from '../injection/names.ts'
import { refuseLive } from './live-results.ts'
import { getTransactionHostToken } from './transaction-host.token.ts'
import type { TransactionHost } from './transaction-host.ts'
import { checkedTransactionOptions, type TransactionOptions } from './transaction-options.ts'

/** The options of `@Transactional()`. */
export interface TransactionalOptions extends Omit<TransactionOptions, 'signal'> {
  /**
   * The kind of the return value, when the decorator can't detect it: a method that returns an Observable is recognised by its declared
   * return type if the compiler emits decorator metadata. Default: the detected kind, else `'promise'`.
   */
  readonly returns?: 'promise' | 'observable' | undefined
  /**
   * Returns the signal that aborts the transaction of a call, from the arguments of the method. Undefined and null: none. When
   * it throws, the call rejects with that error.
   *
   * @example
   * ```ts
   * @Transactional({ signal: (_order, options) => options?.signal })
   * async place(order: NewOrder, options?: { signal?: AbortSignal }): Promise<string> {
   * ```
   */
  // biome-ignore lint/suspicious/noExplicitAny: typed by the method that it stands on
  readonly signal?: ((...parameters: any[]) => AbortSignal | null | undefined) | undefined
}

/** The shape of a transactional method. */
type TransactionalMethod = (
  ...parameters: never[]
) => Promise<unknown> | AsyncGenerator<unknown, unknown, never> | Observable<unknown>

/** Decorates a method, or all asynchronous methods of a class. */
export interface TransactionalDecorator {
  <Method extends TransactionalMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void
  (target: abstract new (...parameters: never[]) => unknown): void
}

/** How a method returns what it reads. */
type Kind = 'promise' | 'generator' | 'observable'

const TRANSACTIONAL = 'boltline:transactional'
const NO_TRANSACTION = 'boltline:no-transaction'

/**
 * Runs a method in a transaction, or all asynchronous methods of a class. Works wherever Nest makes the instance: controllers,
 * services, resolvers, gateways, message and event handlers, cron jobs; no request is needed.
 *
 * The method has to be `async` or return a Promise, an async generator or an Observable. It may run several times: the call
 * that opened the transaction retries it after retryable failures such as deadlocks, see `retry`.
 *
 * @throws ConfigurationError at class definition for anything that can't be transactional
 *
 * @example
 * ```ts
 * @Transactional({ timeout: 5_000 })
 * async place(order: NewOrder): Promise<string> {
 *   await this.stock.reserve(order.lines) // takes part
 *   return (await this.neo.one<{ id: string }>(CREATE_ORDER, { order })).id
 * }
 * ```
 */
export function Transactional(options?: TransactionalOptions | null): TransactionalDecorator {
  return decorator('Transactional', options)
}

/** {@link Transactional} with access mode read: a write inside of it rejects with `AccessModeError`. */
export function ReadTransaction(options?: Omit<TransactionalOptions, 'mode'> | null): TransactionalDecorator {
  return decorator('ReadTransaction', { ...options, mode: 'read' })
}

/** {@link Transactional} with access mode write, regardless of the module's default. */
export function WriteTransaction(options?: Omit<TransactionalOptions, 'mode'> | null): TransactionalDecorator {
  return decorator('WriteTransaction', { ...options, mode: 'write' })
}

/** Excludes a method from its class's `@Transactional()`. Called inside of a transaction, its queries still join it. */
export function NoTransaction(): MethodDecorator {
  return (_target, key, descriptor) => {
    const method = methodOf('NoTransaction', key, descriptor)
    Reflect.defineMetadata(NO_TRANSACTION, true, method)
  }
}

/**
 * The decorator options of a method; undefined when the method isn't transactional. Lets tests check that a method is
 * decorated.
 *
 * @example
 * ```ts
 * expect(transactionalOptionsOf(Orders.prototype.place)).toMatchObject({ mode: 'write' })
 * ```
 */
export function transactionalOptionsOf(method: unknown): TransactionalOptions | undefined {
  return typeof method === 'function' ? Reflect.getMetadata(TRANSACTIONAL, method) : undefined
}

function decorator(name: string, options: TransactionalOptions | null | undefined): TransactionalDecorator {
  const { returns, signal, ...given } = checkedOptionsOf(options)
  const decorate = (target: unknown, key?: unknown, descriptor?: PropertyDescriptor) => {
    if (typeof key === 'object' && key !== null) {
      throw new ConfigurationError(
        `@${name}() was compiled as a standard decorator; Nest and this package need "experimentalDecorators": true in tsconfig.json`,
      )
    }
    if (key === undefined) return wrapClass(target as Class, given, { returns, signal })
    wrap(name, target as object, key as string | symbol, descriptor, given, { returns, signal })
  }
  return decorate as TransactionalDecorator
}

function checkedOptionsOf(options: TransactionalOptions | null | undefined): TransactionalOptions {
  const { returns, signal, ...given } = options ?? {}
  checkedTransactionOptions(given)
  return {
    ...given,
    signal: callback('signal', signal),
    returns: choice('returns', returns, ['promise', 'observable'] as const, undefined),
  }
}

type Class = abstract new (...parameters: never[]) => unknown

/** Decorator options that concern the method, not the transaction. */
type OfMethod = Pick<TransactionalOptions, 'returns' | 'signal'>

/** Nest's lifecycle hooks, which a class decorator leaves out. */
const LIFE_CYCLE: ReadonlySet<string | symbol> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
])

function wrapClass({ prototype }: Class, options: TransactionOptions, ofMethod: OfMethod): void {
  for (const key of Reflect.ownKeys(prototype as object)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor
    const method: unknown = descriptor.value
    if (key === 'constructor' || LIFE_CYCLE.has(key) || typeof method !== 'function') continue
    if (Reflect.hasMetadata(TRANSACTIONAL, method) || Reflect.hasMetadata(NO_TRANSACTION, method)) continue
    if (!isAsynchronous(method, prototype as object, key)) continue
    wrap('Transactional', prototype as object, key, descriptor, options, ofMethod)
    Object.defineProperty(prototype, key, descriptor)
  }
}

/** Whether a method is one that a class's decorator is meant for: an ordinary function may as well be a helper. */
function isAsynchronous(method: object, prototype: object, key: string | symbol): boolean {
  const declared: unknown = Reflect.getMetadata('design:returntype', prototype, key)
  return /^Async/.test(method.constructor.name) || declared === Promise || declared === Observable
}

function wrap(
  name: string,
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  options: TransactionOptions,
  { returns, signal }: OfMethod,
): void {
  const method = methodOf(name, key, descriptor)
  const place = `@${name}() on ${nameOf(target)}.${String(key)}`
  const kind = kindOf(place, method, target, key, returns)
  const connection = options.connection ?? DEFAULT_CONNECTION
  const property = injectHost(target, connection)
  const always: TransactionOptions = { initiator: `${nameOf(target)}.${String(key)}`, ...options }
  const askedBy = (instance: object, parameters: readonly unknown[]): TransactionOptions =>
    signal === undefined ? always : { ...always, signal: signal.apply(instance, [...parameters]) ?? undefined }
  const hostFor = (instance: unknown): TransactionHost => {
    const host = (instance as { readonly [key: symbol]: TransactionHost | undefined } | undefined)?.[property]
    if (host !== undefined) return host
    throw new ConfigurationError(
      `${place} has no transaction host: the instance was not made by Nest, or the method was called without it. In a unit test give it one with withTransactionHost(instance, noopTransactionHost()) of @boltline/nestjs/testing; otherwise call it as a method of an injected instance`,
    )
  }
  const wrappers: Record<Kind, (this: object, ...parameters: unknown[]) => unknown> = {
    async promise(...parameters) {
      return hostFor(this).run(askedBy(this, parameters), () => promised(place, method.apply(this, parameters)))
    },
    generator(...parameters) {
      return hostFor(this).stream(askedBy(this, parameters), () => method.apply(this, parameters) as AsyncGenerator)
    },
    observable(...parameters) {
      return hostFor(this).observe(
        askedBy(this, parameters),
        () => method.apply(this, parameters) as Observable<unknown>,
      )
    },
  }
  const wrapper = wrappers[kind]
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(wrapper, property, { value: method[property], configurable: true })
  }
  // Other decorators keep their metadata on the function.
  for (const known of Reflect.getOwnMetadataKeys(method)) {
    Reflect.defineMetadata(known, Reflect.getOwnMetadata(known, method), wrapper)
  }
  Reflect.defineMetadata(TRANSACTIONAL, Object.freeze({ ...options, ...(signal && { signal }) }), wrapper)
  ;(descriptor as PropertyDescriptor).value = wrapper
}

type Method = (...parameters: unknown[]) => unknown

/** @throws ConfigurationError for anything but a method of an instance */
function methodOf(name: string, key: string | symbol, descriptor: PropertyDescriptor | undefined): Method {
  const method: unknown = descriptor?.value
  if (typeof method === 'function') return method as Method
  const what = descriptor === undefined ? 'a property' : 'an accessor'
  throw new ConfigurationError(
    `@${name}() stands on ${String(key)}, which is ${what}. Only methods can be decorated: write \`async ${String(key)}(…) { … }\` instead of an arrow function or getter`,
  )
}

/** What a promise can't be declared as. */
const SYNCHRONOUS: ReadonlySet<unknown> = new Set([undefined, String, Number, Boolean, Array, Function, BigInt, Symbol])

function kindOf(
  place: string,
  method: Method,
  target: object,
  key: string | symbol,
  returns: TransactionalOptions['returns'],
): Kind {
  if (typeof target === 'function') {
    throw new ConfigurationError(`${place} is about a static method. Only methods of instances can be decorated`)
  }
  const function_ = method.constructor.name
  if (function_ === 'AsyncGeneratorFunction') return 'generator'
  if (function_ === 'AsyncFunction') return 'promise'
  if (returns !== undefined) return returns
  const declared: unknown = Reflect.getMetadata('design:returntype', target, key)
  if (declared === Observable) return 'observable'
  const described = Reflect.hasMetadata('design:returntype', target, key)
  if (function_ === 'GeneratorFunction' || (described && SYNCHRONOUS.has(declared))) {
    throw new ConfigurationError(
      `${place} is about a method that is not asynchronous. Make it async, or declare that it returns a Promise`,
    )
  }
  return 'promise'
}

/** @throws ConfigurationError for a value that can't be awaited, while the transaction can still be rolled back */
function promised(place: string, returned: unknown): Promise<unknown> {
  if (typeof (returned as PromiseLike<unknown> | null | undefined)?.then === 'function') {
    return returned as Promise<unknown>
  }
  refuseLive(returned, place)
  throw new ConfigurationError(`${place} is about a method that did not return a promise. Make it async`)
}

/** Makes Nest inject the connection's host into instances of the class, and returns the property's key. */
function injectHost(target: object, connection: string): symbol {
  const property = Symbol.for(
    `transaction host (@Transactional() needs the connection '${connection}'; add ${registration(connection)})`,
  )
  const known = injected.get(target) ?? new Set()
  injected.set(target, known)
  if (!known.has(property)) {
    known.add(property)
    Inject(getTransactionHostToken(connection))(target, property)
  }
  return property
}

/** The hosts that are injected already, by prototype. */
const injected = new WeakMap<object, Set<symbol>>()

/** The property under which an instance has its host, for tests without Nest. */
export function hostProperties(instance: object): readonly symbol[] {
  const properties: symbol[] = []
  for (let each: object | null = Object.getPrototypeOf(instance); each !== null; each = Object.getPrototypeOf(each)) {
    properties.push(...(injected.get(each) ?? []))
  }
  return properties
}

function nameOf(target: object): string {
  return typeof target === 'function' ? target.name : target.constructor.name
}
