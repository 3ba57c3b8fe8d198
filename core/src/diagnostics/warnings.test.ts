import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import {
  type BoltlineWarning,
  Neo4jDeprecationWarning,
  Neo4jWarning,
  notificationWarning,
  PreviewWarning,
  ResourceWarning,
  ResultWarning,
  SecurityWarning,
  Warnings,
} from './warnings.ts'

const NOTIFICATION = {
  code: 'Neo.ClientNotification.Statement.CartesianProduct',
  title: 'A cartesian product',
  description: 'This builds a product of all rows.',
  severityLevel: 'INFORMATION',
  category: 'PERFORMANCE',
  position: { line: 1, column: 8, offset: 7 },
}

async function emitted(...batches: [Warnings, BoltlineWarning][]): Promise<Error[]> {
  const seen: Error[] = []
  const listen = (warning: Error) => seen.push(warning)
  process.on('warning', listen)
  for (const [warnings, warning] of batches) warnings.emit(warning)
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listen)
  return seen
}

describe('a warning about a notification', () => {
  it('holds the notification and the query and shows both', () => {
    const warning = notificationWarning(NOTIFICATION, 'MATCH (a), (b) RETURN *')
    expect(warning.constructor).toBe(Neo4jWarning)
    expect(warning.notification).toBe(NOTIFICATION)
    expect(warning.query).toBe('MATCH (a), (b) RETURN *')
    expect(warning.message).toBe(
      'INFORMATION notification Neo.ClientNotification.Statement.CartesianProduct: A cartesian product - ' +
        'This builds a product of all rows.\nfor query: MATCH (a), (b) RETURN * (line 1, column 8)',
    )
  })

  it('is a deprecation warning when the notification is about a deprecation', () => {
    const warning = notificationWarning({ ...NOTIFICATION, category: 'DEPRECATION', position: null })
    expect(warning).toBeInstanceOf(Neo4jDeprecationWarning)
    expect(warning).toBeInstanceOf(Neo4jWarning)
    expect(warning.code).toBe('BOLTLINE_DEPRECATION')
    expect(warning.name).toBe('Neo4jDeprecationWarning')
  })
})

describe('the warnings of a driver', () => {
  it('say the same text once, each driver for itself', async () => {
    const one = new Warnings()
    const other = new Warnings()
    const seen = await emitted(
      [one, new ResultWarning('several records')],
      [one, new ResultWarning('several records')],
      [one, new ResourceWarning('several records')],
      [other, new ResultWarning('several records')],
    )
    expect(seen.map((warning) => warning.name)).toEqual(['ResultWarning', 'ResourceWarning', 'ResultWarning'])
  })

  it('carry a code to filter them by', async () => {
    const warnings = new Warnings()
    const all = [
      new Neo4jWarning(NOTIFICATION),
      new Neo4jDeprecationWarning(NOTIFICATION),
      new PreviewWarning('p'),
      new ResultWarning('r'),
      new ResourceWarning('s'),
      new SecurityWarning('t'),
    ]
    const seen = await emitted(...all.map((warning): [Warnings, BoltlineWarning] => [warnings, warning]))
    expect(seen.map((warning) => (warning as BoltlineWarning).code)).toEqual([
      'BOLTLINE_NOTIFICATION',
      'BOLTLINE_DEPRECATION',
      'BOLTLINE_PREVIEW',
      'BOLTLINE_RESULT',
      'BOLTLINE_RESOURCE',
      'BOLTLINE_SECURITY',
    ])
  })

  it('reach listeners when the driver runs in another realm, as in Jest', async () => {
    const foreign: BoltlineWarning = runInNewContext(`
      class ResourceWarning extends Error {
        name = 'ResourceWarning'
        code = 'BOLTLINE_RESOURCE'
      }
      new ResourceWarning('A session was left open')
    `)
    const [seen] = await emitted([new Warnings(), foreign])
    expect(seen).toMatchObject({
      name: 'ResourceWarning',
      code: 'BOLTLINE_RESOURCE',
      message: 'A session was left open',
    })
    expect(seen).toBeInstanceOf(Error)
  })

  it('stay bounded in memory and still warn', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
    const warnings = new Warnings()
    for (let i = 0; i <= 1000; i++) warnings.emit(new ResultWarning(`text ${i}`))
    expect(emit).toHaveBeenCalledTimes(1001)
    emit.mockRestore()
  })
})
