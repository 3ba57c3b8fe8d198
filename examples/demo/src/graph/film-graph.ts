/** A film graph of real size, made up: the same seed gives the same graph. No external data. */

const syllables = 'ar bel cor da el fin gra hol in jor ka lu mar no or pe ri sol ta vi'.split(' ')
const moods = 'Silent Golden Broken Northern Second Hidden Paper Winter Last Electric'.split(' ')
const things = 'River Letter Garden Signal Harbour Orchard Mirror Winter Compass Lantern'.split(' ')
export const genres: readonly string[] =
  'Drama Comedy Thriller Documentary Fantasy Romance Mystery Western Musical Horror Adventure Noir'.split(' ')

export interface FilmGraph {
  readonly people: readonly { readonly id: number; readonly name: string; readonly born: number }[]
  readonly films: readonly {
    readonly id: number
    readonly title: string
    readonly year: number
    readonly rating: number
    readonly awards: number
  }[]
  readonly studios: readonly { readonly id: number; readonly name: string }[]
  readonly genres: readonly { readonly name: string }[]
  readonly actedIn: readonly { readonly person: number; readonly film: number; readonly role: string }[]
  readonly produced: readonly { readonly studio: number; readonly film: number }[]
  readonly ofGenre: readonly { readonly film: number; readonly genre: string }[]
}

export const size = { people: 3500, films: 1800, studios: 120 } as const

/** Numbers from 0 to 1 that only depend on the seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function filmGraph(seed = 7): FilmGraph {
  const random = generator(seed)
  const below = (n: number) => Math.floor(random() * n)
  const pick = (list: readonly string[]) => list[below(list.length)] as string
  const times = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i))
  const name = () => {
    const text = times(2 + below(2), () => pick(syllables)).join('')
    return text.charAt(0).toUpperCase() + text.slice(1)
  }
  const people = times(size.people, (id) => ({ id, name: `${name()} ${name()}`, born: 1930 + below(75) }))
  const films = times(size.films, (id) => ({
    id,
    title: `The ${pick(moods)} ${pick(things)} ${id + 1}`,
    year: 1960 + below(66),
    rating: Math.round((3 + random() * 7) * 10) / 10,
    awards: 0,
  }))
  const studios = times(size.studios, (id) => ({ id, name: `${name()} Pictures` }))
  const perFilm = films.map((film) => ({
    film: film.id,
    cast: [...new Set(times(4 + below(8), () => below(size.people)))],
    studio: below(size.studios),
    genres: [...new Set([pick(genres), pick(genres)])],
  }))
  return {
    people,
    films,
    studios,
    genres: genres.map((genre) => ({ name: genre })),
    actedIn: perFilm.flatMap(({ film, cast }) => cast.map((person) => ({ person, film, role: name() }))),
    produced: perFilm.map(({ film, studio }) => ({ studio, film })),
    ofGenre: perFilm.flatMap(({ film, genres }) => genres.map((genre) => ({ film, genre }))),
  }
}
