import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connection.js';
import type { TypedDocumentString } from './generated/graphql.js';

/** What GraphQL says is wrong with a request. What is wrong with a customer's data is no error: it is in the answer. */
export class GraphqlErrors extends Error {
  readonly codes: readonly string[];

  constructor(errors: readonly GraphqlError[]) {
    super(errors.map(({ message }) => message).join('; '));
    this.codes = errors.map(({ extensions }) => extensions?.code ?? '');
  }
}

interface GraphqlError {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

interface Body<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly GraphqlError[];
}

const TRIES = 5;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Asks the API, and answers what the document declares. What the service can't do just now, and what got no answer, is
 * sent again as it is, key included, where that can do nothing twice. Throws GraphqlErrors, or what `fetch` throws.
 */
export async function request<Result, Variables>(
  connection: Connection,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    const isLast = tries === TRIES || !isSafeToRepeat(document.toString(), variables);
    let response: Response | null = null;
    try {
      response = await send(connection, document.toString(), variables);
      return await read<Result>(response);
    } catch (error) {
      if (isLast || !isPassing(error, response)) throw error;
    }
    await sleep(pauseOf(response, tries));
  }
}

const send = ({ url, authorization }: Connection, query: string, variables: unknown): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization },
    body: JSON.stringify({ query, variables }),
  });

async function read<Result>(response: Response): Promise<Result> {
  const { data, errors = [] } = (await response.json()) as Body<Result>;
  if (errors.length > 0) throw new GraphqlErrors(errors);
  if (data == null) throw new Error(`HTTP ${response.status} without data`);
  return data;
}

/** A query always; a mutation by the key that tells it from another one. */
function isSafeToRepeat(query: string, variables: unknown): boolean {
  const { input } = variables as { input?: { idempotencyKey?: string | null } };
  return /^\s*query\b/.test(query) || typeof input?.idempotencyKey === 'string';
}

/** Whether another time may do better: there is no answer, or the service, or a proxy before it, is busy or stops. */
const isPassing = (error: unknown, response: Response | null): boolean =>
  response === null ||
  [429, 502, 503, 504].includes(response.status) ||
  (error instanceof GraphqlErrors && error.codes.includes('SERVICE_UNAVAILABLE'));

/** What the service asks for in Retry-After, in seconds; else longer each time, and by chance, so that clients part. */
function pauseOf(response: Response | null, tries: number): number {
  const asked = Number(response?.headers.get('retry-after') ?? NaN) * 1000;
  const pause = asked >= 0 ? asked : Math.random() * 100 * 2 ** tries;
  return Math.min(pause, LONGEST_PAUSE_MS);
}
