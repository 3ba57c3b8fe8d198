/** Clients of the three services: a burst of real requests, with a few real faults among them. */

import { setTimeout as pause } from 'node:timers/promises'
import { generator, genres, size } from './graph/film-graph.ts'
import type { ListServices } from './services/lists.ts'
import type { Service } from './services/service.ts'

export interface Counts {
  requests: number
  failed: number
  aborted: number
  /** Awards that were acknowledged. */
  awards: number
  /** Reads of a client's own write, and how many of them missed it. */
  readsWithBookmark: number
  missedWithBookmark: number
  readsWithout: number
  missedWithout: number
}

export interface TrafficParts {
  readonly films: Service
  readonly reviews: Service
  readonly lists: ListServices
  readonly counts: Counts
  readonly showMoment: (kind: 'fault' | 'bridged', text: string) => void
  /** Ends everything. */
  readonly signal: AbortSignal
}

export function noCounts(): Counts {
  return {
    requests: 0,
    failed: 0,
    aborted: 0,
    awards: 0,
    readsWithBookmark: 0,
    missedWithBookmark: 0,
    readsWithout: 0,
    missedWithout: 0,
  }
}

/** Requests for `duration` ms, from a handful of clients at once. */
export async function burst(parts: TrafficParts, duration: number, seed: number): Promise<void> {
  const end = performance.now() + duration
  const clients = [0, 1, 2, 3, 4, 5].map((client) => browse(parts, end, seed + client))
  await Promise.all([...clients, ceremonies(parts, end, seed), impatient(parts, end), travellers(parts, end)])
}

/** A client that browses films and reviews them. */
async function browse(parts: TrafficParts, end: number, seed: number): Promise<void> {
  const random = generator(seed)
  const below = (n: number) => Math.floor(random() * n)
  while (going(parts, end)) {
    const genre = genres[below(genres.length)] as string
    await request(parts, `${parts.films.url}/films/best?genre=${genre}`)
    await request(parts, `${parts.films.url}/films/${below(size.films)}`)
    if (below(4) === 0) {
      const review = { stars: 1 + below(5), text: 'Seen in the demo.' }
      await request(parts, `${parts.reviews.url}/films/${below(size.films)}/reviews`, review)
    } else await request(parts, `${parts.reviews.url}/films/${below(size.films)}/reviews`)
    await pause(20 + below(120))
  }
}

/** Two ceremonies at once, about the same two films in opposite order: they wait for each other's locks. */
async function ceremonies(parts: TrafficParts, end: number, seed: number): Promise<void> {
  const random = generator(seed + 100)
  while (going(parts, end)) {
    const [first, second] = [Math.floor(random() * size.films), Math.floor(random() * size.films)]
    const held = await Promise.all([
      request(parts, `${parts.films.url}/films/${first}/ceremony/${second}`, {}),
      request(parts, `${parts.films.url}/films/${second}/ceremony/${first}`, {}),
    ])
    parts.counts.awards += 2 * held.filter((response) => response?.ok === true).length
    await pause(1500)
  }
}

/** A client that asks for all rows and leaves in the middle of them. */
async function impatient(parts: TrafficParts, end: number): Promise<void> {
  while (going(parts, end)) {
    const leaving = new AbortController()
    const response = await fetch(`${parts.reviews.url}/cast`, { signal: leaving.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    leaving.abort()
    // What is left of the body fails with the abort, as it should.
    await reader?.closed.catch((error: unknown) => {
      if ((error as Error).name !== 'AbortError') throw error
    })
    parts.counts.requests += 1
    parts.counts.aborted += 1
    parts.showMoment('fault', 'A client left in the middle of GET /cast; its query was ended on the server')
    await pause(2500)
  }
}

/** Writes through service A and reads at once through service B: with the bookmark of the write, and without. */
async function travellers(parts: TrafficParts, end: number): Promise<void> {
  const { counts, lists } = parts
  for (let film = 0; going(parts, end); film++) {
    const written = await request(parts, `${lists.writer.url}/entries/${film}`, {})
    const bookmark = written?.headers.get('boltline-bookmark') ?? null
    if (bookmark === null) throw new Error('service A gave no bookmark for its write')
    const without = await entries(parts, film, {})
    counts.readsWithout += 1
    if (without === 0) counts.missedWithout += 1
    const started = performance.now()
    const carried = await entries(parts, film, { 'boltline-bookmark': bookmark })
    counts.readsWithBookmark += 1
    if (carried === 0) counts.missedWithBookmark += 1
    if (without === 0 && carried === 1) {
      const waited = Math.round(performance.now() - started)
      parts.showMoment(
        'bridged',
        `Cluster stand-in: service B missed A's write without its bookmark, and saw it with it, after ${waited} ms`,
      )
    }
    await pause(700)
  }
}

async function entries(parts: TrafficParts, film: number, headers: Record<string, string>): Promise<number> {
  const response = await request(parts, `${parts.lists.reader.url}/entries/${film}`, undefined, headers)
  const found = (await response?.json()) as { entries: number } | undefined
  return found?.entries ?? Number.NaN
}

/** Null when everything is over. Reads the body, unless the caller does. */
async function request(
  { counts, signal, showMoment }: TrafficParts,
  url: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response | null> {
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    })
    const text = await response.text()
    counts.requests += 1
    if (response.status >= 500) {
      counts.failed += 1
      showMoment('fault', `${new URL(url).pathname} was answered with ${response.status}`)
    }
    return new Response(text, { status: response.status, headers: response.headers })
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

function going({ signal }: TrafficParts, end: number): boolean {
  return !signal.aborted && performance.now() < end
}
