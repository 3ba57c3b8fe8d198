/** Credentials, their managers, and client certificates. */

import {
  type Auth,
  AuthManagers,
  basicAuth,
  bearerAuth,
  type ClientCertificate,
  customAuth,
  ExpiringAuth,
  kerberosAuth,
} from '@boltline/core'
import type { Conversation } from '../conversation.ts'
import type { Message } from '../wire.ts'

/** TestKit's AuthorizationToken. */
export interface TokenMessage extends Message {
  readonly data: {
    readonly scheme: string
    readonly principal?: string
    readonly credentials?: string
    readonly realm?: string
    readonly parameters?: Readonly<Record<string, unknown>>
  }
}

/** TestKit's ClientCertificate. */
export interface CertificateMessage extends Message {
  readonly data: ClientCertificate
}

export function authFromTestKit({ data }: TokenMessage): Auth {
  const { scheme, principal = '', credentials = '', realm, parameters } = data
  if (scheme === 'basic') return basicAuth(principal, credentials, realm)
  if (scheme === 'bearer') return bearerAuth(credentials)
  if (scheme === 'kerberos') return kerberosAuth(credentials)
  return customAuth(data.principal ?? null, data.credentials ?? null, realm ?? null, scheme, parameters)
}

function authToTestKit({ scheme, principal, credentials, realm }: Auth): Message {
  const given = Object.entries({ scheme, principal, credentials, realm }).filter(([, part]) => part !== null)
  return { name: 'AuthorizationToken', data: Object.fromEntries(given) }
}

export function certificateFromTestKit({ data }: CertificateMessage): ClientCertificate {
  return { certfile: data.certfile, keyfile: data.keyfile, password: data.password }
}

function newAuthTokenManager(_data: object, talk: Conversation): void {
  const manager = {
    getAuth: async () => {
      const { auth } = await talk.ask<{ auth: TokenMessage }>('AuthTokenManagerGetAuthRequest', {
        authTokenManagerId: id,
      })
      return authFromTestKit(auth)
    },
    handleSecurityException: async (auth: Auth, error: { readonly code: string | null }) => {
      const { handled } = await talk.ask<{ handled: boolean }>('AuthTokenManagerHandleSecurityExceptionRequest', {
        authTokenManagerId: id,
        auth: authToTestKit(auth),
        errorCode: error.code,
      })
      return handled
    },
  }
  const id = talk.authManagers.put(manager)
  talk.respond('AuthTokenManager', { id })
}

function newBasicAuthTokenManager(_data: object, talk: Conversation): void {
  const manager = AuthManagers.basic(async () => {
    const { auth } = await talk.ask<{ auth: TokenMessage }>('BasicAuthTokenProviderRequest', {
      basicAuthTokenManagerId: id,
    })
    return authFromTestKit(auth)
  })
  const id = talk.authManagers.put(manager)
  talk.respond('BasicAuthTokenManager', { id })
}

interface ExpiringTokenMessage extends Message {
  readonly data: { readonly auth: TokenMessage; readonly expiresInMs: number | null }
}

function newBearerAuthTokenManager(_data: object, talk: Conversation): void {
  const manager = AuthManagers.bearer(async () => {
    const { auth } = await talk.ask<{ auth: ExpiringTokenMessage }>('BearerAuthTokenProviderRequest', {
      bearerAuthTokenManagerId: id,
    })
    const token = new ExpiringAuth(authFromTestKit(auth.data.auth))
    return auth.data.expiresInMs === null ? token : token.expiresIn(auth.data.expiresInMs)
  })
  const id = talk.authManagers.put(manager)
  talk.respond('BearerAuthTokenManager', { id })
}

function authTokenManagerClose({ id }: { readonly id: number }, talk: Conversation): void {
  talk.authManagers.delete(id)
  talk.respond('AuthTokenManager', { id })
}

function newClientCertificateProvider(_data: object, talk: Conversation): void {
  const provider = {
    getCertificate: async () => {
      const answer = await talk.ask<{ hasUpdate: boolean; clientCertificate: CertificateMessage }>(
        'ClientCertificateProviderRequest',
        { clientCertificateProviderId: id },
      )
      return answer.hasUpdate ? certificateFromTestKit(answer.clientCertificate) : null
    },
  }
  const id = talk.certificateProviders.put(provider)
  talk.respond('ClientCertificateProvider', { id })
}

function clientCertificateProviderClose({ id }: { readonly id: number }, talk: Conversation): void {
  talk.certificateProviders.delete(id)
  talk.respond('ClientCertificateProvider', { id })
}

export const credentialRequests = {
  NewAuthTokenManager: newAuthTokenManager,
  NewBasicAuthTokenManager: newBasicAuthTokenManager,
  NewBearerAuthTokenManager: newBearerAuthTokenManager,
  AuthTokenManagerClose: authTokenManagerClose,
  NewClientCertificateProvider: newClientCertificateProvider,
  ClientCertificateProviderClose: clientCertificateProviderClose,
}
