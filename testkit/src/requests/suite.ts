/** Requests about the test run: which tests to skip, which features the driver has, and the fake clock. */

import { readFileSync } from 'node:fs'
import { ManualClock, useClock } from '@boltline/core/testing'
import type { Conversation } from '../conversation.ts'

const features: readonly string[] = readList('features.json')
interface Skip {
  readonly reason: string
  /** Skips only the sub-tests with these arguments; absent: the whole test. */
  readonly subtests?: Readonly<Record<string, unknown>>
}

const skips: Readonly<Record<string, Skip>> = readList('skips.json')

/** The fake clock and the function that restores the real one. */
let mocked: { readonly clock: ManualClock; readonly restore: () => void } | null = null

function getFeatures(_data: object, talk: Conversation): void {
  talk.respond('FeatureList', { features })
}

function startTest({ testName }: { readonly testName: string }, talk: Conversation): void {
  const skip = skips[testName]
  if (skip === undefined) talk.respond('RunTest')
  else if (skip.subtests !== undefined) talk.respond('RunSubTests')
  else talk.respond('SkipTest', { reason: skip.reason })
}

function startSubTest(
  { testName, subtestArguments }: { readonly testName: string; readonly subtestArguments: Record<string, unknown> },
  talk: Conversation,
): void {
  const skip = skips[testName]
  const skipped = Object.entries(skip?.subtests ?? {}).every(([name, value]) => subtestArguments[name] === value)
  if (skip !== undefined && skipped) talk.respond('SkipTest', { reason: skip.reason })
  else talk.respond('RunTest')
}

function fakeTimeInstall(_data: object, talk: Conversation): void {
  const clock = new ManualClock(Date.now())
  mocked = { clock, restore: useClock(clock) }
  talk.respond('FakeTimeAck')
}

function fakeTimeTick({ incrementMs }: { readonly incrementMs: number }, talk: Conversation): void {
  mocked?.clock.tick(incrementMs)
  talk.respond('FakeTimeAck')
}

function fakeTimeUninstall(_data: object, talk: Conversation): void {
  restoreTime()
  talk.respond('FakeTimeAck')
}

/** Restores the real clock. */
export function restoreTime(): void {
  mocked?.restore()
  mocked = null
}

function readList<List>(name: string): List {
  return JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
}

export const suiteRequests = {
  GetFeatures: getFeatures,
  StartTest: startTest,
  StartSubTest: startSubTest,
  FakeTimeInstall: fakeTimeInstall,
  FakeTimeTick: fakeTimeTick,
  FakeTimeUninstall: fakeTimeUninstall,
}
