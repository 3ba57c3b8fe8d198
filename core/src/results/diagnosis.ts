/** The report of `driver.diagnose()`: the result of each step of connecting, and advice for failed steps. */

/** One step of a {@link Diagnosis}. */
export interface DiagnosisStep {
  readonly name: 'DNS' | 'TCP' | 'TLS' | 'credentials' | 'handshake' | 'auth' | 'routing table' | 'advertised addresses'
  /** `skipped`: an earlier step failed, or the step does not apply to this server. */
  readonly status: 'ok' | 'failed' | 'skipped'
  /** Duration of the step in ms. */
  readonly ms: number
  /** The result of the step; for a failed one, the reason and what to do. */
  readonly found: string
}

/**
 * The report of `driver.diagnose()`: whether this process can connect to the server, step by step.
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
  /** Scheme and address of the driver's URI, without credentials. */
  readonly target: string
  readonly steps: readonly DiagnosisStep[]

  /** Created by the driver. */
  constructor(target: string, steps: readonly DiagnosisStep[]) {
    this.target = target
    this.steps = Object.freeze([...steps])
    Object.freeze(this)
  }

  /** True if no step has failed. */
  get ok(): boolean {
    return this.steps.every(({ status }) => status !== 'failed')
  }

  /** Formats the report as text, one line for each step. */
  toString(): string {
    const lines = this.steps.map(
      ({ name, status, ms, found }) =>
        `${status.padEnd(8)} ${name.padEnd(20)} ${`${Math.round(ms)} ms`.padStart(8)}  ${found}`,
    )
    return [this.target, ...lines].join('\n')
  }

  /** The report as a JSON object. */
  toJSON(): { target: string; ok: boolean; steps: readonly DiagnosisStep[] } {
    return { target: this.target, ok: this.ok, steps: this.steps }
  }
}
