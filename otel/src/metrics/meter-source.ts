import {
  type BatchObservableCallback,
  type BatchObservableResult,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import { createInstruments, type Instruments, type ObservedInstruments } from './instruments.ts'

/** Called at each collection of the observable instruments. */
export type Observer = (result: BatchObservableResult, observed: ObservedInstruments) => void

/**
 * The instruments of the current meter. Unlike the global tracer provider, the API's global meter provider is not a proxy:
 * instruments created before a provider is registered never record anything. So each access checks for another provider.
 */
export class MeterSource {
  readonly #name: string
  readonly #version: string
  /** The provider that was set; null: the global one. */
  #given: MeterProvider | null = null
  #usedProvider: MeterProvider | null = null
  #made: { readonly meter: Meter; readonly instruments: Instruments } | null = null
  #observer: Observer | null = null
  #stopObserving: (() => void) | null = null

  constructor(name: string, version: string) {
    this.#name = name
    this.#version = version
  }

  set provider(provider: MeterProvider) {
    this.#given = provider
    if (this.#observer !== null) void this.instruments
  }

  get instruments(): Instruments {
    const provider = this.#given ?? metrics.getMeterProvider()
    if (this.#made !== null && this.#usedProvider === provider) return this.#made.instruments
    this.#stopObserving?.()
    this.#usedProvider = provider
    const meter = provider.getMeter(this.#name, this.#version)
    this.#made = { meter, instruments: createInstruments(meter) }
    this.#observeWith(this.#made)
    return this.#made.instruments
  }

  /** Calls `observer` at each collection. Returns a function that stops this. */
  observe(observer: Observer): () => void {
    this.#observer = observer
    void this.instruments
    if (this.#made !== null && this.#stopObserving === null) this.#observeWith(this.#made)
    return () => {
      this.#observer = null
      this.#stopObserving?.()
      this.#stopObserving = null
    }
  }

  #observeWith({ meter, instruments }: { readonly meter: Meter; readonly instruments: Instruments }): void {
    const observer = this.#observer
    if (observer === null) return
    const { observed } = instruments
    const all = Object.values(observed)
    const callback: BatchObservableCallback = (result) => observer(result, observed)
    meter.addBatchObservableCallback(callback, all)
    this.#stopObserving = () => meter.removeBatchObservableCallback(callback, all)
  }
}
