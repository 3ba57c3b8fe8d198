// Runs tests in several processes at once, each with a backend of its own. The stub servers listen on ports that are written
// in the tests, so each shard needs a network of its own: a Linux network namespace, which takes root.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const suite = fileURLToPath(new URL('./suite.py', import.meta.url))
const backend = fileURLToPath(new URL('../dist/backend.js', import.meta.url))

/** Small enough to end all shards at about the same time, large enough to keep the set-up of classes rare. */
const testsPerJob = 12

/**
 * Some tests look for an interface besides the loopback, with an IPv4 address; the IPv6 address that a new one gets by
 * itself would mislead them.
 */
const network = `ip link set lo up
for each in all default; do echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6; done
echo 0 > /proc/sys/net/ipv6/conf/lo/disable_ipv6
ip link add veth0 type veth peer name veth1
ip addr add 10.77.0.1/24 dev veth0 && ip addr add 10.78.0.1/24 dev veth1
ip link set veth0 up && ip link set veth1 up
exec "$0" "$@"`

/**
 * What came of one test.
 *
 * @typedef {object} Outcome
 * @property {string} id
 * @property {'pass' | 'fail' | 'error' | 'skip'} outcome
 * @property {string} why of a skip or failure
 * @property {string} trace of a failure, with what the stub servers have heard
 * @property {number} seconds
 */

/**
 * @typedef {object} SuiteOptions
 * @property {string} checkout the folder of TestKit
 * @property {string} python
 * @property {NodeJS.ProcessEnv} env
 */

/** Whether processes can be given networks of their own here. */
export function canIsolate() {
  return spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status === 0
}

/**
 * The tests of these targets, by class.
 *
 * @param {SuiteOptions} options
 * @param {readonly string[]} targets dotted names
 * @returns {readonly (readonly string[])[]}
 */
export function listTests({ checkout, python, env }, targets) {
  const { status, stdout, stderr } = spawnSync(python, [suite, 'list', ...targets], {
    cwd: checkout,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`the tests of ${targets.join(', ')} can't be listed:\n${stderr}`)
  return Object.values(JSON.parse(stdout))
}

/**
 * @param {SuiteOptions} options
 * @param {readonly (readonly string[])[]} classes what {@link listTests} gave
 * @param {{ shards: number, isolated: boolean, told: (outcome: Outcome) => void }} how `told` hears of each test as it ends
 * @returns {Promise<Outcome[]>} in the order in which they ended
 */
export async function runTests(options, classes, { shards, isolated, told }) {
  const jobs = classes
    .flatMap((ids) => Array.from({ length: Math.ceil(ids.length / testsPerJob) }, (_, i) => jobOf(ids, i)))
    .sort((a, b) => b.length - a.length)
  /** @type {Outcome[]} */
  const outcomes = []
  const record = (/** @type {Outcome} */ outcome) => {
    outcomes.push(outcome)
    told(outcome)
  }
  const count = Math.min(shards, jobs.length)
  await Promise.all(Array.from({ length: count }, () => runShard(options, jobs, isolated, record)))
  return outcomes
}

/**
 * @param {readonly string[]} ids
 * @param {number} i
 */
function jobOf(ids, i) {
  return ids.slice(i * testsPerJob, (i + 1) * testsPerJob)
}

/**
 * One process that takes jobs until there are none.
 *
 * @param {SuiteOptions} options
 * @param {(readonly string[])[]} jobs
 * @param {boolean} isolated
 * @param {(outcome: Outcome) => void} record
 */
async function runShard({ checkout, python, env }, jobs, isolated, record) {
  // Rewritten scripts of stub servers have fixed names there.
  const temporary = mkdtempSync(join(tmpdir(), 'boltline-testkit-'))
  const command = [python, suite, 'work', process.execPath, backend]
  const [program = '', ...rest] = isolated ? ['unshare', '--net', '--', 'sh', '-c', network, ...command] : command
  const worker = spawn(program, rest, {
    cwd: checkout,
    env: { ...env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: worker.stdout })[Symbol.asyncIterator]()
  const ended = new Promise((resolve) => worker.once('close', resolve))
  worker.stdin.on('error', () => undefined)
  try {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const missing = new Set(job)
      worker.stdin.write(`${JSON.stringify(job)}\n`)
      for (;;) {
        const { value, done } = await lines.next()
        if (done) {
          for (const id of missing) record({ id, outcome: 'error', why: 'the process ended', trace: '', seconds: 0 })
          return
        }
        const row = JSON.parse(value)
        if (row.done) break
        missing.delete(row.id)
        record(row)
      }
    }
  } finally {
    worker.stdin.end()
    await ended
    rmSync(temporary, { recursive: true, force: true })
  }
}
