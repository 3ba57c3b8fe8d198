import { expect, it } from 'vitest'
import { ConstraintError, serverError } from './index.ts'

const old = (message: string) => serverError({ code: 'Neo.ClientError.Schema.ConstraintValidationFailed', message })
const detailsOf = (error: unknown) => {
  expect(error).toBeInstanceOf(ConstraintError)
  const { constraint, label, type, properties } = error as ConstraintError
  return { constraint, label, type, properties }
}
const none = { constraint: null, label: null, type: null, properties: [] }

// The texts are those of Neo4j 5.26.30 and 2026.09.0.
it.each([
  [
    "Node(0) already exists with label `User` and property `email` = 'ada@example.org'",
    { label: 'User', properties: ['email'] },
  ],
  [
    "Node(2) already exists with label `My `Label` and properties `first name` = 'x', `b` = 1",
    { label: 'My `Label', properties: ['first name', 'b'] },
  ],
  ['Relationship(0) already exists with type `KNOWS` and property `id` = 1', { type: 'KNOWS', properties: ['id'] }],
  [
    "Relationship(0) already exists with type `KNOWS` and properties `a` = 1, `b` = '2'",
    { type: 'KNOWS', properties: ['a', 'b'] },
  ],
  ["A Node already exists with label `User` and property `email` = 'x'", { label: 'User', properties: ['email'] }],
  ['Both Node(6) and Node(7) have the label `Dup` and property `k` = 1', { label: 'Dup', properties: ['k'] }],
  [
    'Both another Node and Node(7) have the label `Dup` and properties `k` = 1, `l` = P1M2DT3.000000004S',
    { label: 'Dup', properties: ['k', 'l'] },
  ],
  [
    "Node(7) already exists with label `L` and properties `p1` = ['a'b', 'c'], `p2` = {geometry: {type: \"Point\"}}, `p3` = 2026-11-30",
    { label: 'L', properties: ['p1', 'p2', 'p3'] },
  ],
  ['Node(7) with label `User` must have the property `name`', { label: 'User', properties: ['name'] }],
  ['Node(7) with label `User` must have the properties (`a`, `b`)', { label: 'User', properties: ['a', 'b'] }],
  ['Relationship(7) with type `KNOWS` must have the properties (`a`, `b`)', { type: 'KNOWS', properties: ['a', 'b'] }],
  [
    'Node(7) with label `User` required the property `age` to be of type `INTEGER`, but was of type `STRING`.',
    { label: 'User', properties: ['age'] },
  ],
  [
    'Relationship(7) with type `KNOWS` required the property `since` to be of type `INTEGER | LIST<STRING NOT NULL>`, but was of type `STRING`.',
    { type: 'KNOWS', properties: ['since'] },
  ],
  ['Node(7) with label User is required to have label Person', { label: 'User' }],
  ['Relationship(7) with type KNOWS requires its start Node(8) to have label Person', { type: 'KNOWS' }],
  [
    "Unable to validate constraint Constraint( name='nk', type='NODE KEY', schema=(:User {a, b}), graphTypeDependence='UNDESIGNATED' )",
    { constraint: 'nk', label: 'User', properties: ['a', 'b'] },
  ],
  [
    "Unable to validate constraint Constraint( id=4, name='rk', type='RELATIONSHIP KEY', schema=()-[:KNOWS {a}]-() )",
    { constraint: 'rk', type: 'KNOWS', properties: ['a'] },
  ],
  [
    'Cannot delete node<8>, because it still has relationships. To delete this node, you must first delete its relationships.',
    {},
  ],
  ['constraint', {}],
])('of the message %j a ConstraintError tells what the constraint is about', (message, details) => {
  expect(detailsOf(old(message))).toEqual({ ...none, ...details })
})

it.each([
  [
    '22N77',
    "error: data exception - property presence verification failed. NODE (7) with label 'User' must have the following properties: `a`, `b`.",
    { label: 'User', properties: ['a', 'b'] },
  ],
  [
    '22N77',
    "error: data exception - property presence verification failed. RELATIONSHIP ('7') with type 'KNOWS' must have the following properties: `a`.",
    { type: 'KNOWS', properties: ['a'] },
  ],
  [
    '22N78',
    "error: data exception - property type verification failed. NODE (7) with label 'User' must have the property `age` with value type INTEGER.",
    { label: 'User', properties: ['age'] },
  ],
  [
    '22N80',
    "error: data exception - index entry conflict. Index entry conflict: Node(0) already exists with label `User` and property `email` = 'x'.",
    { label: 'User', properties: ['email'] },
  ],
  [
    '22NB3',
    "error: data exception - token presence verification failed. NODE (7) with label 'User' must have the label 'Person'.",
    { label: 'User' },
  ],
  [
    '22NB4',
    'error: data exception - endpoint label presence verification failed. Relationship (7) with type `KNOWS` requires its start node (8) to have the label `Person`.',
    { type: 'KNOWS' },
  ],
])(
  'of a GQL status %s a ConstraintError tells what the constraint is about, wherever the status stands',
  (gqlStatus, description, details) => {
    const status = { gql_status: gqlStatus, description, message: 'unknown' }
    const fields = { neo4j_code: 'Neo.ClientError.Schema.ConstraintValidationFailed', message: 'unknown' }
    expect(detailsOf(serverError({ ...fields, ...status }))).toEqual({ ...none, ...details })
    const outer = { gql_status: '22N79', description: 'error: data exception', cause: status }
    expect(detailsOf(serverError({ ...fields, ...outer }))).toEqual({ ...none, ...details })
  },
)

it('a value that looks like a property is not taken for one', () => {
  const message = "Node(0) already exists with label `User` and property `email` = 'a'b` and property `x` = 1, `y` = 2'"
  expect(detailsOf(old(message)).properties).toEqual(['email'])
  const two = "Node(0) already exists with label `User` and properties `a` = 'it`s, `evil` = 1', `b` = 2"
  expect(detailsOf(old(two)).properties).toEqual(['a', 'b'])
})

it('the properties of a ConstraintError are frozen', () => {
  const { properties } = old('Node(7) with label `User` must have the property `name`') as ConstraintError
  expect(Object.isFrozen(properties)).toBe(true)
})

it('a long message that repeats the words of a conflict is read in no time', () => {
  const started = performance.now()
  expect(detailsOf(old('have the label `'.repeat(500_000)))).toEqual(none)
  expect(performance.now() - started).toBeLessThan(2_000)
})
