/** Sessions, and the units of work whose body runs in TestKit. */

import {
  Bookmarks,
  type ManagedTransaction,
  type NotificationDisabledCategory,
  type NotificationMinimumSeverity,
  type Session,
  type TransactionConfig,
} from '@boltline/core'
import type { Conversation } from '../conversation.ts'
import { type CypherMap, fromTestKitMap } from '../cypher-values.ts'
import { authFromTestKit, type TokenMessage } from './credentials.ts'
import { respondWithResult } from './results.ts'

interface NewSession {
  readonly driverId: number
  readonly accessMode: 'r' | 'w'
  readonly bookmarks: readonly string[] | null
  readonly database: string | null
  readonly fetchSize: number | null
  readonly impersonatedUser: string | null
  readonly bookmarkManagerId?: number
  readonly authorizationToken?: TokenMessage
  readonly notificationsMinSeverity?: NotificationMinimumSeverity
  readonly notificationsDisabledCategories?: readonly NotificationDisabledCategory[]
}

interface OfSession {
  readonly sessionId: number
}

/** Settings of a transaction; an absent timeout is the default, and so is null. */
interface TransactionSettings extends OfSession {
  readonly txMeta: CypherMap | null
  readonly timeout?: number | null
}

function newSession(data: NewSession, talk: Conversation): void {
  const session = talk.drivers.get(data.driverId).session({
    defaultAccessMode: data.accessMode,
    bookmarks: data.bookmarks === null ? null : Bookmarks.fromRawValues(data.bookmarks),
    database: data.database,
    fetchSize: data.fetchSize,
    impersonatedUser: data.impersonatedUser,
    bookmarkManager: data.bookmarkManagerId === undefined ? null : talk.bookmarkManagers.get(data.bookmarkManagerId),
    auth: data.authorizationToken === undefined ? null : authFromTestKit(data.authorizationToken),
    notificationsMinSeverity: data.notificationsMinSeverity,
    notificationsDisabledCategories: data.notificationsDisabledCategories,
  })
  talk.respond('Session', { id: talk.sessions.put(session) })
}

async function sessionClose({ sessionId }: OfSession, talk: Conversation): Promise<void> {
  await talk.sessions.get(sessionId).close()
  talk.respond('Session', { id: sessionId })
}

interface SessionRun extends TransactionSettings {
  readonly cypher: string
  readonly params: CypherMap | null
}

async function sessionRun(data: SessionRun, talk: Conversation): Promise<void> {
  const parameters = data.params === null ? null : fromTestKitMap(data.params)
  respondWithResult(await talk.sessions.get(data.sessionId).run(data.cypher, parameters, settingsOf(data)), talk)
}

async function sessionBeginTransaction(data: TransactionSettings, talk: Conversation): Promise<void> {
  const transaction = await talk.sessions.get(data.sessionId).beginTransaction(settingsOf(data))
  talk.respond('Transaction', { id: talk.transactions.put(transaction) })
}

function settingsOf({ txMeta, timeout }: TransactionSettings): TransactionConfig {
  return { metadata: txMeta === null ? null : fromTestKitMap(txMeta), timeout }
}

function sessionReadTransaction(data: TransactionSettings, talk: Conversation): Promise<void> {
  return unitOfWork(data, talk, (session, work) => session.executeRead(work, settingsOf(data)))
}

function sessionWriteTransaction(data: TransactionSettings, talk: Conversation): Promise<void> {
  return unitOfWork(data, talk, (session, work) => session.executeWrite(work, settingsOf(data)))
}

async function unitOfWork(
  { sessionId }: OfSession,
  talk: Conversation,
  execute: (session: Session, work: (transaction: ManagedTransaction) => Promise<void>) => Promise<void>,
): Promise<void> {
  await execute(talk.sessions.get(sessionId), (transaction) => {
    return new Promise((commit, fail) => {
      talk.verdicts.set(sessionId, { commit, fail })
      talk.respond('RetryableTry', { id: talk.transactions.put(transaction) })
    })
  })
  talk.respond('RetryableDone')
}

function retryablePositive({ sessionId }: OfSession, talk: Conversation): void {
  talk.verdicts.get(sessionId)?.commit()
  talk.verdicts.delete(sessionId)
}

function retryableNegative(data: OfSession & { readonly errorId: number | '' }, talk: Conversation): void {
  talk.verdicts.get(data.sessionId)?.fail(talk.errorOf(data.errorId))
  talk.verdicts.delete(data.sessionId)
}

function sessionLastBookmarks({ sessionId }: OfSession, talk: Conversation): void {
  talk.respond('Bookmarks', { bookmarks: talk.sessions.get(sessionId).lastBookmarks().rawValues })
}

export const sessionRequests = {
  NewSession: newSession,
  SessionClose: sessionClose,
  SessionRun: sessionRun,
  SessionBeginTransaction: sessionBeginTransaction,
  SessionReadTransaction: sessionReadTransaction,
  SessionWriteTransaction: sessionWriteTransaction,
  RetryablePositive: retryablePositive,
  RetryableNegative: retryableNegative,
  SessionLastBookmarks: sessionLastBookmarks,
}
