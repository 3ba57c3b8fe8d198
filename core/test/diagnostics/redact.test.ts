import { startScripted } from '@boltline/embedded'
import { expect, it, vi } from 'vitest'
import { type DriverConfig, GraphDatabase } from '../../src/index.ts'
import { failureReport } from '../../src/web.ts'

const message = "Node(0) already exists with label `User` and property `ssn` = '123-45'"
const code = 'Neo.ClientError.Schema.ConstraintValidationFailed'
const notification = {
  code: 'Neo.ClientNotification.Statement.X',
  title: "About 'top secret'",
  description: "The query compares `name` with 'top secret'",
  severity: 'WARNING',
  category: 'HINT',
  neo4j_code: 'Neo.ClientNotification.Statement.X',
  description_text: '',
}

/** Everything that a driver writes or warns of while a query fails and another has a notification, and the error. */
async function heard(config: DriverConfig) {
  const lines: string[] = []
  const write = (line: string) => lines.push(line)
  const logger = { debug: write, info: write, warn: write, error: write }
  const emit = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
  try {
    await using server = await startScripted()
    server.when('CREATE (:User {ssn: $ssn})').fails(code, { message })
    server.when('NOTED').returns([], { notifications: [notification] })
    await using driver = GraphDatabase.driver(server.uri, {
      logger,
      warnNotificationSeverity: 'INFORMATION',
      ...config,
    })
    const error = await driver.executeQuery('CREATE (:User {ssn: $ssn})', { ssn: '123-45' }).catch((reason) => reason)
    await driver.executeQuery('NOTED')
    const warnings = emit.mock.calls.map(([warning]) => String(warning))
    const request = { method: 'POST', route: '/users' }
    const report = failureReport(error, { status: 409 }, request).message
    return { error, report, lines: lines.join('\n'), warnings: warnings.join('\n') }
  } finally {
    emit.mockRestore()
  }
}

it('With redact neither log lines nor warnings hold a value that the server has quoted, and names stay', async () => {
  const { error, report, lines, warnings } = await heard({ redact: true })
  for (const text of [report, lines, warnings]) expect(text).not.toMatch(/123-45|top secret/)
  expect(report).toContain(
    'ConstraintError (Neo.ClientError.Schema.ConstraintValidationFailed): Node(0) already exists with label `User` and property `ssn` = …',
  )
  expect(lines).toContain("The query compares `name` with '…'")
  expect(warnings).toContain("The query compares `name` with '…'")
  expect(lines).toContain('RUN "CREATE (:User {ssn: $ssn})" {1 parameters}')
  expect(error.message).toBe(message)
  expect(error).toMatchObject({ label: 'User', properties: ['ssn'] })
})

it('Without redact the words of the server are passed on as they are', async () => {
  const { error, report, lines, warnings } = await heard({})
  expect(error.message).toBe(message)
  expect(report).toContain(message)
  expect(lines).toContain("'top secret'")
  expect(warnings).toContain("'top secret'")
})
