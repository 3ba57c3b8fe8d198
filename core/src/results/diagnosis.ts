/** What `driver.diagnose()` found: each step on the way to the server, and what to do where one fails. */

/** One step. Times are in ms. */
export interface DiagnosisStep {
  readonly name: 'DNS' | 'TCP' | 'TLS' | 'credentials' | 'handshake' | 'auth' | 'routing table' | 'advertised addresses'
  readonly status: 'ok' | 'failed' | 'skipped'
  readonly ms: number
  /** What was found. */
  readonly found: string
}

/**
 * A report on the way from this process to the server.
 *
 * @example
 * ```ts
 * console.log(String(await driver.diagnose()))
 * // neo4j://db.example.com:7687
 * // ok       DNS                 2 ms  db.example.com is 10.0.0.7
 * // failed   TCP              5000 ms  …
 * ```
 */
export class Diagnosis {
  /** The URI's scheme and address; no credentials. */
  readonly target: string
  readonly steps: readonly DiagnosisStep[]

  /** Made by the driver. */
  constructor(target: string, steps: readonly DiagnosisStep[]) {
    this.target = target
    this.steps = Object.freeze([...steps])
    Object.freeze(this)
  }

  /** Whether no step has failed. */
  get ok(): boolean {
    return this.steps.every(({ status }) => status !== 'failed')
  }

  /** A line for each step. */
  toString(): string {
    const lines = this.steps.map(
      ({ name, status, ms, found }) =>
        `${status.padEnd(8)} ${name.padEnd(20)} ${`${Math.round(ms)} ms`.padStart(8)}  ${found}`,
    )
    return [this.target, ...lines].join('\n')
  }

  toJSON(): { target: string; ok: boolean; steps: readonly DiagnosisStep[] } {
    return { target: this.target, ok: this.ok, steps: this.steps }
  }
}
