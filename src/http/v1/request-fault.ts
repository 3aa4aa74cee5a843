import type { FastifyError, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { refusalOf } from '../../graphql/errors.js';
import { valuesOf } from '../../graphql/loggable-error.js';
import { refusalStatusOf, type RefusalStatus } from '../error-answers.js';

/** What is wrong with a request itself: answered with a real HTTP status, and nothing of it was done. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';

  /**
   * `code` and `total` are those of the answer's `status`; the code is the HTTP status where there is no other.
   * `retryAfter` is the header of that name.
   */
  constructor(
    readonly httpStatus: number,
    message: string,
    readonly code: number = httpStatus,
    readonly total = 0,
    readonly retryAfter: string | null = null,
  ) {
    super(message);
  }
}

export const unreadable = (what: string): RequestFault => new RequestFault(400, `The request cannot be read: ${what}`);

/** In the words of this endpoint, where those of the GraphQL API would mislead. */
const messages: Readonly<Record<RefusalStatus, string>> = {
  400: 'The request cannot be read',
  404: 'There is nothing here; the endpoint is POST /v1.1/customer/update',
  405: 'This path takes POST only',
  408: 'The request took too long to arrive',
  413: 'The body is larger than this server takes (MAX_BODY_BYTES)',
  415: 'The format must be JSON or XML: format=json or format=xml, or Content-Type application/json or application/xml',
  431: 'The headers are larger than this server takes',
  503: 'This server is stopping; try again, on a new connection',
};

export const refused = (status: RefusalStatus): RequestFault => new RequestFault(status, messages[status]);

const httpStatusOf: Readonly<Record<string, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
};

/** The fault that any error is answered as. What is not the caller's is logged, without the values of the request, and its message masked. */
export function requestFaultOf(error: FastifyError, request: FastifyRequest, logger: Logger): RequestFault {
  if (error instanceof RequestFault) return error;
  const status = refusalStatusOf(error);
  if (status !== null) return refused(status);
  const { message, extensions } = refusalOf(error, request.id, logger, valuesOf(request.body, undefined));
  const httpStatus = httpStatusOf[String(extensions['code'])] ?? 500;
  const { headers } = (extensions['http'] ?? {}) as { readonly headers?: ReadonlyMap<string, string> };
  return new RequestFault(httpStatus, message, httpStatus, 0, headers?.get('retry-after') ?? null);
}
