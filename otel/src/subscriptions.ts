import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { guarded } from './guard.ts'

type Listener = (message: unknown) => void

/** The moments of a tracing channel that matter here: Node names its channels by them. */
type Moment = 'start' | 'asyncEnd'

/** What to do when messages arrive, switched on and off as a whole. */
export class Subscriptions {
  readonly #listeners: [channel: string, listener: Listener][] = []

  /** A step has begun, or is over. */
  step<Message>(name: string, moment: Moment, receive: (message: Message) => void): void {
    this.#add(`tracing:boltline:${name}:${moment}`, receive)
  }

  /** Something has happened. */
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
