import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { guarded } from './settings/guard.ts'

type Listener = (message: unknown) => void

/** The events of a tracing channel that are used here. They are part of Node's channel names. */
type Moment = 'start' | 'asyncEnd'

/** Subscriptions to the driver's channels, started and stopped together. */
export class Subscriptions {
  readonly #listeners: [channel: string, listener: Listener][] = []

  /** Adds a subscriber for the start or end of a step. */
  step<Message>(name: string, moment: Moment, receive: (message: Message) => void): void {
    this.#add(`tracing:boltline:${name}:${moment}`, receive)
  }

  /** Adds a subscriber for a single event. */
  point<Message>(name: string, receive: (message: Message) => void): void {
    this.#add(`boltline:${name}`, receive)
  }

  start(): void {
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener)
  }

  stop(): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener)
  }

  #add<Message>(channel: string, receive: (message: Message) => void): void {
    this.#listeners.push([channel, guarded(`the subscriber of ${channel}`, receive as Listener)])
  }
}
