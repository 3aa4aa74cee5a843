import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { presentError, refusalOf } from '../graphql/errors.js';
import { endConnection } from './end-connection.js';
import { REQUEST_ID_HEADER } from './request-context.js';

/** What is answered where a request does not get as far as GraphQL. Nothing of the request is in it. */
const REFUSALS = {
  400: { code: 'BAD_REQUEST', message: 'The request cannot be read; a body must be JSON' },
  404: { code: 'NOT_FOUND', message: 'There is nothing here; the API is at POST /graphql' },
  405: { code: 'METHOD_NOT_ALLOWED', message: 'This path takes POST, and GET for queries' },
  408: { code: 'REQUEST_TIMEOUT', message: 'The request took too long to arrive' },
  413: { code: 'PAYLOAD_TOO_LARGE', message: 'The body is larger than this server takes (MAX_BODY_BYTES)' },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'The body must be sent as application/json, and not compressed' },
  431: { code: 'HEADERS_TOO_LARGE', message: 'The headers are larger than this server takes' },
  503: { code: 'SERVICE_UNAVAILABLE', message: 'This server is stopping; try again, on a new connection' },
} as const;
export type RefusalStatus = keyof typeof REFUSALS;

/** Thrown where a request is refused before it has a handler: each route's error handler answers it in its own form. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';

  constructor(readonly status: RefusalStatus) {
    super(REFUSALS[status].message);
  }
}

/** Answers with the status and, in the form of a GraphQL error, with what it means here. */
export function answerRefusal(reply: FastifyReply, status: RefusalStatus): FastifyReply {
  return reply.code(status).send(refusalBody(status, reply.request.id));
}

/** Answers what Fastify refuses (a body, a URL) as such; anything else that was thrown is logged, and answered masked. */
export function answerError(error: unknown, reply: FastifyReply, logger: Logger): FastifyReply {
  const status = refusalStatusOf(error);
  if (status !== null) return answerRefusal(reply, status);
  const refusal = refusalOf(error, reply.request.id, logger);
  return reply.code(500).send({ errors: [presentError(refusal.toJSON(), refusal)] });
}

/** With which status what Node could not read as HTTP is answered. */
export function unreadableStatusOf({ code = '' }: NodeJS.ErrnoException): RefusalStatus {
  const statuses: Readonly<Record<string, RefusalStatus>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };
  return statuses[code] ?? 400;
}

/** What a refusal says, in the form of the endpoint that it is of. */
export interface RefusalContent {
  readonly type: string;
  readonly body: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The form of the route's own refusals; where there is none, it is that of a GraphQL error. */
    readonly refusalContent?: (status: RefusalStatus, request: FastifyRequest) => RefusalContent;
  }
}

/** A refusal in the form of a GraphQL error. */
export const graphqlRefusal = (status: RefusalStatus, requestId: string): RefusalContent => ({
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(refusalBody(status, requestId)),
});

/** Answers, on the bare socket, what Node could not read as HTTP, and closes the connection. */
export function answerUnreadable(
  socket: Socket,
  status: RefusalStatus,
  requestId: string,
  { type, body }: RefusalContent,
): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `${REQUEST_ID_HEADER}: ${requestId}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  endConnection(socket, `${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The code that an answer of this status has where nothing else is known of it; null for one that is no error. */
export function codeOfStatus(status: number): string | null {
  if (status < 400) return null;
  if (Object.hasOwn(REFUSALS, status)) return REFUSALS[status as RefusalStatus].code;
  const others: Readonly<Record<number, string>> = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 429: 'RATE_LIMITED' };
  return others[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
}

function refusalBody(status: RefusalStatus, requestId: string): object {
  const { code, message } = REFUSALS[status];
  return { errors: [{ message, extensions: { code, ...(code === 'SERVICE_UNAVAILABLE' ? { requestId } : {}) } }] };
}

/** The status of what is refused as a request (a body, a URL); null for an error that is nobody's refusal. */
export function refusalStatusOf(error: unknown): RefusalStatus | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof RefusedRequest) return error.status;
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  // A Host header that no URL can be made of: the route makes one of each request.
  if (code === 'ERR_INVALID_URL') return 400;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null;
  return Object.hasOwn(REFUSALS, statusCode) ? (statusCode as RefusalStatus) : 400;
}
