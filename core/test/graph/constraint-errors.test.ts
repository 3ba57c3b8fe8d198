import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConstraintError, type Driver } from '../../src/index.ts'
import { clear, connect } from '../neo4j/drivers.ts'

let driver: Driver
beforeAll(async () => {
  driver = connect()
  await driver.executeQuery(
    'CREATE CONSTRAINT constraint_errors_one FOR (u:ConstraintErrors) REQUIRE u.email IS UNIQUE',
  )
  await driver.executeQuery(
    'CREATE CONSTRAINT constraint_errors_two FOR (u:ConstraintErrors) REQUIRE (u.a, u.b) IS UNIQUE',
  )
})
afterAll(async () => {
  await driver.executeQuery('DROP CONSTRAINT constraint_errors_one')
  await driver.executeQuery('DROP CONSTRAINT constraint_errors_two')
  await clear(driver, 'ConstraintErrors')
  await driver.close()
})

const failure = (query: string, parameters = {}) =>
  driver.executeQuery(query, parameters).then(
    () => null,
    (error: unknown) => error as ConstraintError,
  )

it.each([
  ['a property', ['email'], 'CREATE (:ConstraintErrors {email: $email})', { email: "a'b` and property `x` = 1" }],
  ['two properties', ['a', 'b'], 'CREATE (:ConstraintErrors {a: $a, b: $b})', { a: 'x', b: 1 }],
])('a conflict of %s names label and properties', async (_what, properties, query, parameters) => {
  expect(await failure(query, parameters)).toBeNull()
  const error = await failure(query, parameters)
  expect(error).toBeInstanceOf(ConstraintError)
  expect({ ...error }).toMatchObject({ constraint: null, label: 'ConstraintErrors', type: null, properties })
})

it('A SET that breaks a uniqueness constraint raises an error with the label and the properties', async () => {
  await driver.executeQuery('CREATE (:ConstraintErrors {email: "one"}), (:ConstraintErrors {email: "two"})')
  const error = await failure('MATCH (n:ConstraintErrors {email: "two"}) SET n.email = "one"')
  expect({ ...error }).toMatchObject({ label: 'ConstraintErrors', properties: ['email'] })
})

it('A DELETE of a node with relationships raises an error without label and properties', async () => {
  await driver.executeQuery('CREATE (:ConstraintErrors {email: "three"})-[:KNOWS]->(:ConstraintErrors {email: "four"})')
  const error = await failure('MATCH (n:ConstraintErrors {email: "three"}) DELETE n')
  expect(error).toBeInstanceOf(ConstraintError)
  expect({ ...error }).toMatchObject({ constraint: null, label: null, type: null, properties: [] })
})
