import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { RetryLink } from '@apollo/client/link/retry';
import { OperationTypeNode } from 'graphql';
import { map } from 'rxjs';
import type { Connection } from '../connection.js';

const TRIES = 5;
const LONGEST_PAUSE_MS = 30_000;

/** An Apollo Client for the API: knows customers by their id, and sends again what can do nothing twice. */
export function createClient({ url, authorization }: Connection): ApolloClient {
  return new ApolloClient({
    cache: new InMemoryCache({ typePolicies: { Customer: { keyFields: ['userId'] } } }),
    link: ApolloLink.from([
      new RetryLink({
        attempts: { max: TRIES, retryIf: (error, operation) => isPassing(error) && isSafeToRepeat(operation) },
        delay: (attempt, _operation, error) => pauseOf(error, attempt),
      }),
      tellThatItIsUnavailable,
      new HttpLink({ uri: url, headers: { authorization } }),
    ]),
  });
}

/** To RetryLink a GraphQL error is an answer like any other: this one is thrown, as an error of the network is. */
const tellThatItIsUnavailable = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    map((result) => {
      const isUnavailable = result.errors?.some(({ extensions }) => extensions?.['code'] === 'SERVICE_UNAVAILABLE');
      if (isUnavailable === true) throw new CombinedGraphQLErrors(result);
      return result;
    }),
  ),
);

/** Whether another time may do better: what is unavailable, a proxy that has no service behind it, no connection. */
function isPassing(error: unknown): boolean {
  if (ServerError.is(error)) return [429, 502, 503, 504].includes(error.statusCode);
  return true;
}

/** A query always; a mutation by the key that tells it from another one. */
function isSafeToRepeat({ operationType, variables }: ApolloLink.Operation): boolean {
  const { input } = variables as { input?: { idempotencyKey?: string | null } };
  return operationType === OperationTypeNode.QUERY || typeof input?.idempotencyKey === 'string';
}

/** What the service asks for in Retry-After, in seconds; else longer each time, and by chance, so that clients part. */
function pauseOf(error: unknown, attempt: number): number {
  const asked = Number((ServerError.is(error) ? error.response.headers.get('retry-after') : null) ?? NaN) * 1000;
  const pause = asked >= 0 ? asked : Math.random() * 100 * 2 ** attempt;
  return Math.min(pause, LONGEST_PAUSE_MS);
}
