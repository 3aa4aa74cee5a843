import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { challenge } from '../http/challenge.js';
import type { RequestContext } from '../http/request-context.js';
import type { Caller } from '../organization/caller.js';
import { rootFields } from './root-fields.js';

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type', '__typename']);

/** Who calls, if their access group lets them read customers. Throws FORBIDDEN, without right credentials UNAUTHENTICATED. */
export function requireRead(context: Pick<RequestContext, 'caller'>): Caller {
  const caller = requireCaller(context);
  if (caller.access === 'NONE') throw forbidden('read customers');
  return caller;
}

/** Who calls, if their access group lets them change customers. Throws FORBIDDEN, without right credentials UNAUTHENTICATED. */
export function requireWrite(context: Pick<RequestContext, 'caller'>): Caller {
  const caller = requireCaller(context);
  if (caller.access !== 'WRITE') throw forbidden('change customers');
  return caller;
}

/** Who calls, if they may undo a merge: change customers, and merge. Throws FORBIDDEN, without right credentials UNAUTHENTICATED. */
export function requireMerge(context: Pick<RequestContext, 'caller'>): Caller {
  const caller = requireWrite(context);
  if (!caller.mayMerge) throw forbidden('merge customers');
  return caller;
}

/** Refuses an operation that selects anything but introspection without right credentials: HTTP 401 ("Who may call"). */
export function credentialsPlugin(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ request, document, operation, contextValue }) {
          if (operation !== undefined && contextValue.caller === null && !isIntrospection(document, operation)) {
            return Promise.reject(unauthenticated(request.http?.headers.get('authorization')));
          }
          return Promise.resolve();
        },
      }),
  };
}

function requireCaller({ caller }: Pick<RequestContext, 'caller'>): Caller {
  if (caller === null) throw unauthenticated();
  return caller;
}

function forbidden(what: string): GraphQLError {
  return new GraphQLError(`This client may not ${what}`, { extensions: { code: 'FORBIDDEN' } });
}

function unauthenticated(authorization?: string): GraphQLError {
  const headers = new HeaderMap([['www-authenticate', challenge(authorization)]]);
  return new GraphQLError(
    'This needs the credentials of a client: Authorization: Basic base64(id:secret), or Bearer and a token',
    { extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } } },
  );
}

const isIntrospection = (document: DocumentNode, operation: OperationDefinitionNode): boolean =>
  rootFields(document, operation).every((field) => INTROSPECTION.has(field));
