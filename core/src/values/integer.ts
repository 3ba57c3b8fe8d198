/**
 * The JavaScript type of Cypher INTEGERs in records.
 *
 * - `'number'` (default): a JavaScript number; a value beyond ±(2^53 − 1) raises `BrokenRecordError` when it is read.
 * - `'bigint'`: always a bigint.
 * - `'auto'`: a number where that is exact, otherwise a bigint.
 *
 * No mode ever gives a rounded value.
 */
export type IntegerMode = 'number' | 'bigint' | 'auto'
