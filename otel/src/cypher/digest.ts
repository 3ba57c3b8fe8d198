import { hasParameters, maskCypher } from './mask.ts'
import { summarizeCypher } from './summary.ts'

/** What telemetry says of a query. Null: nothing. */
export interface QueryDigest {
  readonly text: string | null
  readonly summary: string | null
}

/** The user's ways to say it, where he has some; see `BoltlineInstrumentationOptions`. */
export interface DigestOptions {
  readonly summarizer: ((text: string) => string | undefined) | undefined
  readonly sanitizer: ((text: string) => string | undefined) | undefined
}

/** The most characters of a query that a span shows. */
const LONGEST_TEXT = 4096
/** How many texts are remembered in one of the two halves of the memory. */
const MOST_REMEMBERED = 500
/** Longer texts are not kept for the sake of their digest. */
const LONGEST_REMEMBERED = 16_384

/** Reads each text once, as long as it comes back often enough. */
export class Digests {
  readonly #options: DigestOptions
  #recent = new Map<string, QueryDigest>()
  #older = new Map<string, QueryDigest>()

  constructor(options: DigestOptions) {
    this.#options = options
  }

  of(text: string): QueryDigest {
    const known = this.#recent.get(text)
    if (known !== undefined) return known
    const digest = this.#older.get(text) ?? this.#make(text)
    if (text.length > LONGEST_REMEMBERED) return digest
    if (this.#recent.size >= MOST_REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(text, digest)
    return digest
  }

  #make(text: string): QueryDigest {
    const { summarizer, sanitizer } = this.#options
    const shown = sanitizer === undefined ? shownText(text) : sanitizer(text)
    const summary = summarizer?.(text) ?? summarizeCypher(text)
    return { text: shown === undefined ? null : shown.slice(0, LONGEST_TEXT), summary: summary === '' ? null : summary }
  }
}

/** A text that takes its values from parameters is shown as it is; in others the values are masked. */
function shownText(text: string): string {
  return hasParameters(text) ? text : maskCypher(text)
}
