/**
 * The tokens of Cypher text, for the other packages of this suite: telemetry masks literals, the embedded graph and the Nest client
 * look at clauses. Internal: not part of the public API. Re-exports only.
 */

export { type Token, type TokenKind, tokenize } from './cypher/tokenizer.ts'
