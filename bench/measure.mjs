// Measures one workload: every contestant in a process of its own, in turns, several times. What counts is the ratio within
// a round, because a busy machine slows all contestants.

import { WorkerProcess } from './worker-process.mjs'
import { taskOf } from './workloads.mjs'

/**
 * @typedef {object} Figure
 * @property {number} median
 * @property {number} least
 * @property {number} most
 *
 * @typedef {object} Row
 * @property {import('./workloads.mjs').Workload} workload
 * @property {Partial<Record<import('./contestants.mjs').Who, Figure>>} rates
 * @property {Partial<Record<import('./contestants.mjs').Who, Figure>>} ratios this driver's rate by the other's
 * @property {Partial<Record<import('./contestants.mjs').Who, Figure>>} costs processor time of the client for a unit, in µs
 *
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} seconds of a round
 * @property {number} warmUp seconds before the first one
 * @property {number} warmUpOfQueries the same where each query is short: a compiler has seen enough after some ten thousand
 */

/** @param {readonly number[]} values @returns {Figure} */
function figureOf(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (/** @type {number} */ index) => /** @type {number} */ (sorted[index])
  const middle = sorted.length >> 1
  return {
    median: sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  }
}

/**
 * @param {import('./workloads.mjs').Workload} workload
 * @param {readonly import('./contestants.mjs').Contestant[]} contestants
 * @param {import('./workloads.mjs').Server} server
 * @param {Effort} effort
 * @returns {Promise<Row>}
 */
export async function measure(workload, contestants, server, { rounds, seconds, warmUp, warmUpOfQueries }) {
  const runs = contestants.map(({ who, command, mostRows }) => ({
    who,
    worker: new WorkerProcess(command, taskOf({ ...workload, rows: Math.min(workload.rows, mostRows) }, server)),
    rates: /** @type {number[]} */ ([]),
    costs: /** @type {number[]} */ ([]),
  }))
  for (const { worker } of runs) {
    await worker.ready()
    // Compilers need to see the code run before it is measured.
    await worker.work(workload.way === 'execute' ? warmUpOfQueries : warmUp)
  }
  for (let round = 0; round < rounds; round++) {
    // The order turns around every round, so that a machine that becomes slower or faster favours no contestant.
    for (const { worker, rates, costs } of round % 2 === 0 ? runs : runs.toReversed()) {
      const before = worker.processorTime()
      const rate = await worker.work(seconds)
      rates.push(rate)
      costs.push((worker.processorTime() - before) / (rate * seconds))
    }
  }
  for (const { worker } of runs) await worker.stop()

  const own = runs.find(({ who }) => who === 'boltline')?.rates ?? []
  return {
    workload,
    rates: Object.fromEntries(runs.map(({ who, rates }) => [who, figureOf(rates)])),
    costs: Object.fromEntries(runs.map(({ who, costs }) => [who, figureOf(costs)])),
    ratios: Object.fromEntries(
      runs.map(({ who, rates }) => [
        who,
        figureOf(rates.map((rate, round) => /** @type {number} */ (own[round]) / rate)),
      ]),
    ),
  }
}
