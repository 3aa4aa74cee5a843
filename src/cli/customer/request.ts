import { z } from 'zod';
import { textOfResponse } from '../../http/text-of-response.js';
import { CustomerCommandFault } from './fault.js';
import type { TypedDocumentString } from './generated/graphql.js';

/** Where the API is, and who calls it. */
export interface Connection {
  readonly url: string;
  readonly client: string;
  readonly secret: string;
}

const LONGEST_MS = 60_000;
/** Of an answer: more than the longest logs of a customer have. */
const MOST_BYTES = 64 * 2 ** 20;
/** There was nobody to send it to. */
const notSent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|bad port)$/;

const apiError = z.object({
  message: z.string(),
  extensions: z.object({ code: z.string().optional(), requestId: z.string().optional() }).default({}),
});
/** What each answer is; the payloads in `data` are as the schema has them. */
const apiAnswer = z.object({ data: z.looseObject({}).nullish(), errors: z.array(apiError).default([]) });
type ApiError = z.infer<typeof apiError>;

/** All other codes refuse it. Without one, the error is not the API's: a balancer's, that can't tell what became of it. */
const undecidedCodes = new Set([undefined, 'SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);

/**
 * Asks the API once, and answers the document's root field. Throws CustomerCommandFault where there is no such answer.
 */
export async function request<Result extends object, Variables, Field extends keyof Result & string>(
  connection: Connection,
  document: TypedDocumentString<Result, Variables>,
  field: Field,
  variables: Variables,
): Promise<Result[Field]> {
  const response = await send(connection, JSON.stringify({ query: document.toString(), variables }));
  const { data, errors } = await read(response, connection.url);
  if (errors.length > 0) {
    const mayBeDone = errors.some(({ extensions }) => undecidedCodes.has(extensions.code));
    throw new CustomerCommandFault(errors.map(describeError), mayBeDone);
  }
  if (data == null || typeof data[field] !== 'object') throw notTheApi(response, connection.url);
  return data[field] as Result[Field];
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

async function read(response: Response, url: string): Promise<z.infer<typeof apiAnswer>> {
  const text = await textOfResponse(response, MOST_BYTES).catch((error: unknown) => {
    throw new CustomerCommandFault([`${url} broke off its answer: ${reasonOf(error)}`], true);
  });
  const answer = text === null ? undefined : apiAnswer.safeParse(parseJson(text)).data;
  if (answer === undefined) throw notTheApi(response, url);
  return answer;
}

const notTheApi = ({ status }: Response, url: string): CustomerCommandFault =>
  new CustomerCommandFault([`${url} answered HTTP ${status}, and not as the API does: is it the API's address?`], true);

/** Undefined where the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describeError({ message, extensions: { code, requestId } }: ApiError): string {
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
