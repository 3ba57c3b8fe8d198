/** Results as Apache Arrow tables; needs the package `apache-arrow`. Re-exports only. */

export { type ArrowOptions, toArrow } from './arrow/to-arrow.ts'
