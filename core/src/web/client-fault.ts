/**
 * Decides whether the client sent a value that the database rejected. By default the service is at fault, because a route
 * computes its query parameters. A route that passes request values on unchanged lists those parameters; the client is at
 * fault if the error concerns one of them and the request contains its value.
 */

import { factsOf, failedQuery, type Neo4jError, type ParameterError } from '../errors/index.ts'

/** The values of a request, and the query parameters that take such values unchanged. */
export interface ClientValues {
  /** Names of query parameters. */
  readonly parameters: readonly string[]
  /** The body, the query and the parameters of the path. */
  readonly values: readonly unknown[]
}

/** Name of the parameter that the driver could not encode and whose value the request contains; null if there is none. */
export function refusedByDriver(error: ParameterError, client: ClientValues): string | null {
  const { path } = error
  return brought(error, client, (name) => path === `parameters.${name}` || continues(path, name))
}

/** Name of the parameter that the server rejected and whose value the request contains; null if there is none. */
export function refusedByServer(error: Neo4jError, client: ClientValues): string | null {
  const statuses = statusesOf(error)
  // Newer servers also send GQL statuses of class 22, data exceptions.
  if (factsOf(error.code).concernsValue !== true && !statuses.some(({ gqlStatus }) => gqlStatus.startsWith('22')))
    return null
  const words = statuses.flatMap(({ message, gqlStatusDescription }) => [message, gqlStatusDescription])
  return brought(error, client, (name, value) => words.some((text) => names(text, name) || quotes(text, value)))
}

function brought(
  error: unknown,
  client: ClientValues,
  concerns: (name: string, value: unknown) => boolean,
): string | null {
  const given = failedQuery(error)?.parameters
  if (typeof given !== 'object' || given === null) return null
  for (const name of client.parameters) {
    const value: unknown = given instanceof Map ? given.get(name) : (given as Record<string, unknown>)[name]
    if (value !== undefined && concerns(name, value) && holds(client.values, value)) return name
  }
  return null
}

function continues(path: string, name: string): boolean {
  const start = [`parameters.${name}`, `parameters[${JSON.stringify(name)}]`].find((text) => path.startsWith(text))
  return start !== undefined && ['', '.', '['].includes(path.charAt(start.length))
}

function statusesOf(error: Neo4jError): Neo4jError[] {
  const statuses: Neo4jError[] = []
  for (let at: unknown = error; statuses.length < 8 && isStatus(at); at = at.cause) statuses.push(at)
  return statuses
}

function isStatus(value: unknown): value is Neo4jError {
  const status = value as Partial<Neo4jError> | null | undefined
  return typeof status?.gqlStatus === 'string' && typeof status.gqlStatusDescription === 'string'
}

/** ``parameter 'x'``, ``parameter: x.``, ``$`x` `` */
function names(text: string, name: string): boolean {
  return [`parameter '${name}'`, `parameter: ${name}.`, `$\`${name}\``].some((words) => text.includes(words))
}

/** Whether the text quotes the value in one of the forms that Neo4j uses in error messages. */
function quotes(text: string, value: unknown): boolean {
  if (typeof value === 'string') {
    return value !== '' && [`'${value}'`, `"${value}"`].some((quoted) => text.includes(quoted))
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return false
  const forms = [`'${value}'`, `found ${value}.`, `value ${value} `, `Long(${value})`]
  return forms.some((form) => text.includes(form))
}

/** Maximum number of values of a request that are compared. */
const MOST_VALUES = 10_000

/** Whether `wanted` occurs anywhere in the sources, compared by value for primitives and by identity for objects. */
function holds(sources: readonly unknown[], wanted: unknown): boolean {
  const open: unknown[] = [...sources]
  const seen = new Set<unknown>()
  while (open.length > 0 && seen.size < MOST_VALUES) {
    const value = open.pop()
    if (Object.is(value, wanted)) return true
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    for (const inner of Object.values(value)) open.push(inner)
  }
  return false
}
