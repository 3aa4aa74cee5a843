import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, Kind, OperationTypeNode, separateOperations, visit } from 'graphql';
import Negotiator from 'negotiator';
import type { RateLimit } from '../http/rate-limit.js';
import type { RequestContext } from '../http/request-context.js';
import { objectsWithin } from '../values/objects-within.js';
import { costOf, itemsOf, type CalledOperation } from './cost.js';
import { variableFaults } from './input-faults.js';

/**
 * Decides whether a valid operation is begun: refuses one whose answer its sender could not read (HTTP 406), one that has too
 * many items, may cost more than `maxCost` or has null for a condition (HTTP 400), and one of a client that has sent too many
 * items lately (HTTP 429). Who has no right credentials is refused elsewhere.
 */
export function admissionPlugin(maxCost: number, rateLimit: RateLimit | null): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        async didResolveOperation({ schema, document, operation, request, contextValue: { caller } }) {
          if (operation === undefined) return;
          refuseUnreadable(request.http?.headers.get('accept'));
          const called = { schema, document, operation, variables: request.variables ?? {} };
          refuseCostly(called, maxCost);
          refuseWide(called);
          refuseNullConditions(called);
          if (rateLimit !== null && caller !== null) await rateLimit.take(caller, itemsOf(called));
        },
      }),
  };
}

/** As Apollo answers. */
const MEDIA_TYPES = [
  'application/json; charset=utf-8',
  'application/graphql-response+json; charset=utf-8',
  'application/json; callbackSpec=1.0; charset=utf-8',
];

/** Apollo looks at it only when all is done, and then answers that nothing fits: an update would be stored all the same. */
function refuseUnreadable(accept = ''): void {
  if (accept === '' || new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES) !== undefined) return;
  throw new GraphQLError('The Accept header takes neither application/json nor application/graphql-response+json', {
    extensions: { code: 'BAD_REQUEST', http: { status: 406 } },
  });
}

function refuseCostly(called: CalledOperation, most: number): void {
  const cost = costOf(called);
  if (cost <= most) return;
  const is = cost < Number.MAX_SAFE_INTEGER ? String(cost) : 'more than anybody can count';
  throw new GraphQLError(`The operation may cost ${is}; at most ${most} (MAX_COST): ask for fewer entries or fields`, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
  });
}

/**
 * Refuses a mutation with a condition (@skip, @include) that is null, as a variable with a default may be: graphql-js finds
 * it in what is answered, when all is stored, and answers the error alone.
 */
function refuseNullConditions({ document, operation, variables }: CalledOperation): void {
  if (operation.operation !== OperationTypeNode.MUTATION || !Object.values(variables).includes(null)) return;
  const executed = separateOperations(document)[operation.name?.value ?? ''] ?? document;
  visit(executed, {
    Directive({ arguments: given = [] }) {
      for (const { value } of given) {
        if (value.kind !== Kind.VARIABLE || variables[value.name.value] !== null) continue;
        const reason = `Variable "$${value.name.value}": must not be null, expected true or false`;
        throw new GraphQLError(reason, { nodes: value, extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });
      }
    },
  });
}

/** More keys than any input has fields. */
const WIDE = 32;

/**
 * Finds faults of variables that have wide objects before graphql-js does, which would print the whole object into each of
 * its messages: a body of a megabyte kept it busy for seconds.
 */
function refuseWide({ schema, operation, variables }: CalledOperation): void {
  if (!isWide(variables)) return;
  const [fault] = variableFaults(schema, operation, variables);
  if (fault === undefined) return;
  const extensions = { ...fault.extensions, http: { status: 400 } };
  throw new GraphQLError(fault.message, { nodes: fault.nodes ?? null, extensions });
}

function isWide(variables: unknown): boolean {
  for (const value of objectsWithin(variables)) {
    if (!Array.isArray(value) && Object.keys(value).length > WIDE) return true;
  }
  return false;
}
