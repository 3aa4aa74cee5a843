import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { challenge } from '../http/challenge.js';
import type { RequestContext } from '../http/request-context.js';
import type { Caller } from '../organization/caller.js';

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

/** Whether every root field, those within fragments too, is one of introspection. */
function isIntrospection(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  function isHarmless({ selections }: SelectionSetNode): boolean {
    return selections.every((selection) => {
      if (selection.kind === Kind.FIELD) return INTROSPECTION.has(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return isHarmless(selection.selectionSet);
      const fragment = fragments.get(selection.name.value);
      // Each fragment once: valid documents have no cycles, but they may use one fragment very often.
      fragments.delete(selection.name.value);
      return fragment === undefined || isHarmless(fragment.selectionSet);
    });
  }
  return isHarmless(operation.selectionSet);
}
