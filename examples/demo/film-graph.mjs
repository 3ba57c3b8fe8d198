// A film graph of real size, made up: the same seed gives the same graph. No external data.

const syllables = [
  'ar',
  'bel',
  'cor',
  'da',
  'el',
  'fin',
  'gra',
  'hol',
  'in',
  'jor',
  'ka',
  'lu',
  'mar',
  'no',
  'or',
  'pe',
  'ri',
  'sol',
  'ta',
  'vi',
]
const moods = ['Silent', 'Golden', 'Broken', 'Northern', 'Second', 'Hidden', 'Paper', 'Winter', 'Last', 'Electric']
const things = ['River', 'Letter', 'Garden', 'Signal', 'Harbour', 'Orchard', 'Mirror', 'Winter', 'Compass', 'Lantern']
const genres = [
  'Drama',
  'Comedy',
  'Thriller',
  'Documentary',
  'Fantasy',
  'Romance',
  'Mystery',
  'Western',
  'Musical',
  'Horror',
  'Adventure',
  'Noir',
]

/**
 * Numbers from 0 to 1 that only depend on the seed (mulberry32).
 * @param {number} seed
 */
function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * @param {{ people?: number, films?: number, studios?: number, seed?: number }} [size]
 */
export function filmGraph({ people = 3500, films = 1800, studios = 120, seed = 7 } = {}) {
  const random = generator(seed)
  const below = (/** @type {number} */ n) => Math.floor(random() * n)
  const pick = (/** @type {readonly string[]} */ list) => /** @type {string} */ (list[below(list.length)])
  const name = () => {
    const text = Array.from({ length: 2 + below(2) }, () => pick(syllables)).join('')
    return text[0]?.toUpperCase() + text.slice(1)
  }

  const graph = {
    people: Array.from({ length: people }, (_, id) => ({ id, name: `${name()} ${name()}`, born: 1930 + below(75) })),
    films: Array.from({ length: films }, (_, id) => ({
      id,
      title: `The ${pick(moods)} ${pick(things)} ${id + 1}`,
      year: 1960 + below(66),
      rating: Math.round((3 + random() * 7) * 10) / 10,
    })),
    studios: Array.from({ length: studios }, (_, id) => ({ id, name: `${name()} Pictures` })),
    genres: genres.map((genre) => ({ name: genre })),
    /** @type {{ person: number, film: number, role: string }[]} */
    actedIn: [],
    /** @type {{ studio: number, film: number }[]} */
    produced: [],
    /** @type {{ film: number, genre: string }[]} */
    ofGenre: [],
  }
  for (const film of graph.films) {
    const cast = new Set(Array.from({ length: 4 + below(8) }, () => below(people)))
    for (const person of cast) graph.actedIn.push({ person, film: film.id, role: name() })
    graph.produced.push({ studio: below(studios), film: film.id })
    for (const genre of new Set([pick(genres), pick(genres)])) graph.ofGenre.push({ film: film.id, genre })
  }
  return graph
}
