/**
 * Bolt servers inside the process, for tests and demos: a scripted server that returns configured answers, a cluster stand-in, a play
 * that checks a client's messages against a script, and a small experimental graph. `runInRollback` runs tests on any server without
 * leaving data behind.
 */

export type { BoltServer, BoltServerOptions } from './bolt-server/bolt-server.ts'
export { type QueryRequest, ServerFailure, type TransactionRequest } from './bolt-server/query-handler.ts'
export type { ClientMessage, MessageName } from './bolt-server/wire.ts'
export { type Cluster, type ClusterOptions, startCluster } from './cluster/cluster.ts'
export type { Member } from './cluster/member.ts'
export type { ClusterExpectation } from './cluster/rules.ts'
export { type EmbeddedGraph, type EmbeddedOptions, startEmbedded } from './graph/embedded.ts'
export { runInRollback } from './run-in-rollback.ts'
export { messageBytes, type Play, startPlay } from './script/play.ts'
export type { PlayOptions } from './script/play-options.ts'
export { C, query, S, type Step } from './script/steps.ts'
export { Expectation, type FailureOptions, type Times } from './stub/expectation.ts'
export type { Row, SummaryFields } from './stub/rows.ts'
export {
  type Call,
  type CommitScript,
  type Matcher,
  type ScriptedServer,
  type ServerEvent,
  startScripted,
} from './stub/scripted-server.ts'
export { type NodeFields, node, path, type RelationshipFields, relationship } from './values.ts'
