/** Results as Apache Arrow tables, for those who have `apache-arrow` installed. Re-exports only. */

export { type ArrowOptions, toArrow } from './arrow/to-arrow.ts'
