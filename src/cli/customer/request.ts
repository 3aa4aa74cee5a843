import { CustomerCommandFault } from './fault.js';
import type { TypedDocumentString } from './generated/graphql.js';

/** Where the API is, and who calls it. */
export interface Connection {
  readonly url: string;
  readonly client: string;
  readonly secret: string;
}

const LONGEST_MS = 60_000;
/** There was nobody to send it to. */
const notSent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|bad port)$/;

interface Body<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly requestId?: string };
  }[];
}

/**
 * Asks the API once, and answers what the document declares. Throws CustomerCommandFault where there is no such answer.
 */
export async function request<Result, Variables>(
  connection: Connection,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await send(connection, JSON.stringify({ query: document.toString(), variables }));
  const { data, errors = [] } = await read<Result>(response, connection.url);
  if (errors.length > 0) {
    const mayBeDone = errors.some(({ extensions }) => extensions?.code === 'SERVICE_UNAVAILABLE');
    throw new CustomerCommandFault(errors.map(describeError), mayBeDone);
  }
  if (data == null) throw new CustomerCommandFault([`${connection.url} answered HTTP ${response.status} without data`]);
  return data;
}

async function send({ url, client, secret }: Connection, body: string): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`;
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(LONGEST_MS),
    });
  } catch (error) {
    const reason = reasonOf(error);
    throw new CustomerCommandFault([`The service at ${url} can't be reached: ${reason}`], !notSent.test(reason));
  }
}

async function read<Result>(response: Response, url: string): Promise<Body<Result>> {
  try {
    return (await response.json()) as Body<Result>;
  } catch {
    throw new CustomerCommandFault(
      [`${url} answered HTTP ${response.status} and no JSON: is it the API's address?`],
      true,
    );
  }
}

function describeError({ message, extensions: { code, requestId } = {} }: NonNullable<Body<never>['errors']>[number]) {
  const facts = [code, requestId === undefined ? undefined : `request ${requestId}`].filter(
    (fact) => fact !== undefined,
  );
  return facts.length === 0 ? message : `${message} (${facts.join(', ')})`;
}

/** `fetch` says only that it failed; why, stands in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const { code } = cause as NodeJS.ErrnoException;
  return code ?? cause.message;
}
