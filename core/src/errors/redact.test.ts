import { expect, it } from 'vitest'
import { redacted, redactWhereShown, shownMessage } from './redact.ts'

it.each([
  [
    "Node(0) already exists with label `User` and property `ssn` = '123-45'",
    'Node(0) already exists with label `User` and property `ssn` = …',
  ],
  [
    "Node(7) already exists with label `L` and properties `p1` = ['a'b', 'c'], `p2` = {geometry: {type: \"Point\"}}, `p3` = 2026-11-30",
    'Node(7) already exists with label `L` and properties `p1` = …, `p2` = …, `p3` = …',
  ],
  [
    'Relationship(3) already exists with type `KNOWS` and property `id` = 4711',
    'Relationship(3) already exists with type `KNOWS` and property `id` = …',
  ],
  ["property `email` = 'o'hara, `x` = 1@example.org'. More", 'property `email` = …, `x` = …'],
  [
    'Both Node(1) and Node(2) have the label `D` and property `a` = 1. Note that only the first is shown.',
    'Both Node(1) and Node(2) have the label `D` and property `a` = …',
  ],
  [
    'Property values can only be of primitive types. Encountered: Map{b -> Long(4711)}.',
    'Property values can only be of primitive types. Encountered: Map{…}.',
  ],
  ['Type mismatch: expected a map but was String("secret (1)")', 'Type mismatch: expected a map but was String(…)'],
  [
    "Invalid input 'it's secret': expected an expression (line 1, column 8 (offset: 7))\n\"RETURN 'secret'\"\n        ^",
    'Invalid input \'…\': expected an expression (line 1, column 8 (offset: 7))\n"…"\n        ^',
  ],
  [
    "Cannot merge the following node because of null property value for 'x': (:L {x: null, y: 4711})",
    "Cannot merge the following node because of null property value for '…': (:L {…})",
  ],
  ['A graph reference with the name `my secret=1` was not found', 'A graph reference with the name `…` was not found'],
  [
    "Variable `m` not defined, the driver's own words stay, can't they?",
    "Variable `m` not defined, the driver's own words stay, can't they?",
  ],
  ['Text cannot be parsed to a Date\n"2024-13-01"\n ^', 'Text cannot be parsed to a Date\n"…"\n ^'],
  ['value = 123-45, other = 7', 'value = …, other = …'],
  ['/ by zero', '/ by zero'],
])('A redacted message holds names and no values: %s', (message, expected) => {
  expect(redacted(message)).toBe(expected)
})

it('An error is shown without values where it, or what it was caused by, was marked', () => {
  const failure = new Error("property `ssn` = '123-45'")
  const outer = new Error(`The result failed: ${failure.message}`, { cause: failure })
  expect(shownMessage(outer)).toBe(outer.message)
  redactWhereShown(failure)
  expect(shownMessage(failure)).toBe('property `ssn` = …')
  expect(shownMessage(outer)).toBe('The result failed: property `ssn` = …')
  expect(failure.message).toBe("property `ssn` = '123-45'")
})
