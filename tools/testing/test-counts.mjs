// A vitest reporter that guards against tests which vanish in silence. It prints how many tests were executed on each
// server (the vitest project's name), compares a whole run with the committed counts, and closes the output with one
// line of the form `N passed, N failed`.

import { readFileSync, writeFileSync, writeSync } from 'node:fs'

/** @import { Reporter, TestModule, TestSpecification, Vitest } from 'vitest/node' */

/** @implements {Reporter} */
export class TestCounts {
  /** @type {string} */
  #file
  /** @type {Vitest | undefined} */
  #vitest
  #wholeSuite = false

  /** @param {string} file path of the committed counts, a JSON object from server to the least number of tests */
  constructor(file) {
    this.#file = file
  }

  /** @param {Vitest} vitest */
  onInit(vitest) {
    this.#vitest = vitest
  }

  /** @param {ReadonlyArray<TestSpecification>} specifications */
  async onTestRunStart(specifications) {
    if (this.#vitest === undefined) return
    const all = await this.#vitest.globTestSpecifications()
    this.#wholeSuite = this.#vitest.config.testNamePattern === undefined && specifications.length === all.length
  }

  /**
   * @param {ReadonlyArray<TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const servers = (this.#vitest?.projects ?? []).map((project) => project.name)
    /** @type {Map<string, number>} */
    const executed = new Map(servers.map((server) => [server, 0]))
    let passed = 0
    let failed = unhandledErrors.length
    let skipped = 0

    for (const module of modules) {
      if (module.errors().length > 0) failed += 1
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else if (state === 'failed') failed += 1
        else skipped += 1
        if (state === 'passed' || state === 'failed') {
          const server = module.project.name
          executed.set(server, (executed.get(server) ?? 0) + 1)
        }
      }
    }

    const lines = [...executed].map(([server, count]) => `tests executed on ${server}: ${count}`)
    if (this.#wholeSuite) {
      const shortfalls = this.#shortfalls(executed)
      failed += shortfalls.length
      lines.push(...shortfalls)
      if (skipped > 0) {
        failed += skipped
        lines.push(`${skipped} test(s) were skipped or never ran; every test of a whole run has to be executed`)
      }
    }
    if (failed > 0) process.exitCode = 1
    lines.push(`${passed} passed, ${failed} failed`)
    // On exit, because vitest's own summary is printed after its reporters ran; unbuffered, because exit does not wait for writes.
    process.once('exit', () => writeSync(1, `${lines.join('\n')}\n`))
  }

  /** @param {ReadonlyMap<string, number>} executed */
  #shortfalls(executed) {
    /** @type {Record<string, number>} */
    const committed = JSON.parse(readFileSync(this.#file, 'utf8'))
    if (process.env['BOLTLINE_COMMIT_COUNTS'] === '1') {
      writeFileSync(this.#file, `${JSON.stringify({ ...committed, ...Object.fromEntries(executed) }, null, 2)}\n`)
      return []
    }
    /** @type {string[]} */
    const shortfalls = []
    for (const [server, count] of executed) {
      const least = committed[server]
      if (least === undefined) {
        shortfalls.push(`${this.#file} has no count for "${server}": add it`)
      } else if (count < least) {
        shortfalls.push(
          `only ${count} tests were executed on ${server}, ${this.#file} demands ${least}: ` +
            'find out which ones no longer run, or lower the count if they were removed on purpose',
        )
      }
    }
    return shortfalls
  }
}
