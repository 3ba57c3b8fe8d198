/**
 * The frames between TestKit and this backend: JSON between two marker lines. Integers have up to 64 bits and floats must
 * stay floats, so numbers take a way around JSON.parse and JSON.stringify.
 */

/** A message in either direction. */
export interface Message {
  readonly name: string
  readonly data: object
}

/** A number's exact digits, for the writer to put down as they are. */
export class Digits {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** A float that its reader can't take for an integer. */
  static ofFloat(value: number): Digits {
    const text = Object.is(value, -0) ? '-0' : String(value)
    return new Digits(/[.e]/.test(text) ? text : `${text}.0`)
  }
}

/** Marks strings that stand for numbers on their way through JSON; a noncharacter, which no text contains. */
const mark = '\uFFFE'
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** JSON whose unsafe integers become bigints. */
export function parse(json: string): unknown {
  const marked = json.replace(stringOrNumber, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  )
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(1)) : value,
  )
}

/** JSON with bigints and {@link Digits} as bare numbers. */
export function stringify(value: unknown): string {
  const json = JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'bigint') return `${mark}${each}`
    return each instanceof Digits ? `${mark}${each.text}` : each
  })
  return json.replaceAll(new RegExp(`"${mark}([^"]*)"`, 'g'), '$1')
}

/** A response as TestKit reads it. */
export function frame(response: Message): string {
  return `#response begin\n${stringify(response)}\n#response end\n`
}

/** Collects the lines of requests; whatever stands between requests is ignored. */
export class RequestReader {
  #rest = ''
  #lines: string[] | null = null

  /** The requests that are complete with this piece of text. */
  feed(text: string): Message[] {
    const requests: Message[] = []
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines.map((each) => each.trim())) {
      if (line === '#request begin') this.#lines = []
      else if (line === '#request end') {
        requests.push(parse((this.#lines ?? []).join('\n')) as Message)
        this.#lines = null
      } else this.#lines?.push(line)
    }
    return requests
  }
}
