import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { CommitUnknown, isDatabaseUnavailable } from '../database/unavailable.js';
import type { RequestContext } from '../http/request-context.js';
import { ServiceBusy } from '../values/service-busy.js';
import { retryAfter } from './caller-error.js';
import { redactLiterals, variableFaults } from './input-faults.js';
import { loggableError, valuesOf, type LoggableError } from './loggable-error.js';

/** The codes of errors that are the caller's to mend. Any other error is masked. */
const CALLERS_CODES: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'BATCH_TOO_LARGE',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
]);

/** What is answered for an error that is not the caller's, in place of its message ("Errors that are not the customer's"). */
const MASKS = {
  INTERNAL_SERVER_ERROR: 'Something went wrong on our side; it is logged under the request id',
  SERVICE_UNAVAILABLE: 'The service cannot do this just now; try again in a moment',
} as const;
type MaskedCode = keyof typeof MASKS;

const LONGEST_MESSAGE = 500;

/** In its place where trying again may do it twice. */
const UNKNOWN = 'The database was lost while storing this, and may have stored it: look before you try again';

/** Added where other root fields of the mutation are stored: the answer has no data, which looks as if nothing were. */
const STORED_BEFORE = '; what stands before it in this mutation is done, and nothing behind it';

/**
 * What leaves the server for an error: message, places and code. The caller's errors keep their message, but for what
 * graphql-js quotes of the request; all others are masked, and have the request id where it is known.
 */
export function presentError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const code = codeOf(error);
  const { locations, path, extensions } = formatted;
  const requestId = extensions?.['requestId'];
  return {
    message: isMasked(code) ? maskOf(code, error) : presentMessage(formatted, code, error),
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code, ...(isMasked(code) && requestId !== undefined ? { requestId } : {}) },
  };
}

/** The answer with the request id in each masked error that has none: what Apollo makes of a failure outside an operation. */
export function addRequestId(body: string, requestId: string): string {
  const code: MaskedCode = 'INTERNAL_SERVER_ERROR';
  return body.replaceAll(JSON.stringify({ code }), JSON.stringify({ code, requestId }));
}

function maskOf(code: MaskedCode, error: unknown): string {
  const origin = originOf(error);
  if (origin instanceof ServiceBusy) return origin.message;
  return origin instanceof CommitUnknown ? UNKNOWN : MASKS[code];
}

/** A masked error as it is answered. */
function maskedError(code: MaskedCode, error: unknown, requestId: string): GraphQLError {
  const http =
    error instanceof ServiceBusy
      ? { status: 503, headers: retryAfter(error.retryAfterSeconds) }
      : { status: code === 'SERVICE_UNAVAILABLE' ? 503 : 500 };
  // What is said of one that is busy is found there again when it is presented.
  const originalError = error instanceof ServiceBusy ? error : null;
  return new GraphQLError(maskOf(code, error), { originalError, extensions: { code, requestId, http } });
}

/**
 * The error as it may be answered where no operation has begun: itself if it is the caller's, else logged, without the
 * request's `values`, and masked.
 */
export function refusalOf(
  error: unknown,
  requestId: string,
  logger: Logger,
  values: ReadonlySet<string> = new Set(),
): GraphQLError {
  const code = codeOf(error);
  if (error instanceof GraphQLError && !isMasked(code)) return error;
  const masked = isMasked(code) ? code : 'INTERNAL_SERVER_ERROR';
  logMasked(logger, masked, requestId, loggableError(error, values));
  return maskedError(masked, error, requestId);
}

/**
 * The part of presenting errors that needs the request: tells what is wrong with each literal and variable without its
 * value, puts the request id into masked errors, and logs what they hide, once and without the request's values.
 */
export function errorPlugin(logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        validationDidStart: ({ schema, document }) =>
          Promise.resolve((errors) => {
            redactLiterals(schema, document, errors ?? []);
            return Promise.resolve();
          }),
        willSendResponse({
          schema,
          operation,
          document,
          request,
          response,
          errors,
          contextValue: { requestId, record },
        }) {
          if (errors === undefined || response.body.kind !== 'single') return Promise.resolve();
          const { singleResult } = response.body;
          const busy = errors.map(originOf).find((origin) => origin instanceof ServiceBusy);
          if (busy !== undefined) {
            response.http.status = 503;
            response.http.headers.set('retry-after', String(busy.retryAfterSeconds));
          }
          if (operation !== undefined && errors.some(isVariableError)) {
            const faults = variableFaults(schema, operation, request.variables ?? {});
            singleResult.errors = faults.map((fault) => fault.toJSON());
            return Promise.resolve();
          }
          const values = valuesOf(request.variables, document);
          const isStoredBefore = singleResult.data == null && record.done + record.undos > 0;
          singleResult.errors = (singleResult.errors ?? []).map((presented, index) => {
            const code = presented.extensions?.['code'];
            const message = isStoredBefore ? presented.message.replace(/\.?$/, STORED_BEFORE) : presented.message;
            if (!isMasked(code)) return { ...presented, message };
            logMasked(logger, code, requestId, loggableError(originOf(errors[index]), values));
            return { ...presented, message, extensions: { code, requestId } };
          });
          return Promise.resolve();
        },
      }),
    // Only a fault of a plugin ends here. What Apollo answers then has no request id; the route adds it.
    unexpectedErrorProcessingRequest({ requestContext, error }) {
      const { requestId } = requestContext.contextValue;
      logMasked(logger, 'INTERNAL_SERVER_ERROR', requestId, loggableError(error));
      return Promise.resolve();
    },
  };
}

function isMasked(code: unknown): code is MaskedCode {
  return typeof code === 'string' && Object.hasOwn(MASKS, code);
}

function logMasked(logger: Logger, code: MaskedCode, requestId: string, error: LoggableError): void {
  if (code === 'SERVICE_UNAVAILABLE') logger.warn({ requestId, error }, 'A request could not be served');
  else logger.error({ requestId, error }, 'A request failed');
}

/** The code that the error itself has, before what wraps it, or the one that fits what graphql-js reports without any. */
function codeOf(error: unknown): string {
  const code = errorsWithin(error).reduce<unknown>((found, { extensions }) => extensions['code'] ?? found, undefined);
  if (typeof code === 'string') return CALLERS_CODES.has(code) || isMasked(code) ? code : 'INTERNAL_SERVER_ERROR';
  const origin = originOf(error);
  if (origin instanceof ServiceBusy || isDatabaseUnavailable(origin)) return 'SERVICE_UNAVAILABLE';
  return isArgumentError(error) ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
}

/** The error and those that it wraps, as far as they are GraphQL's. */
function errorsWithin(error: unknown): GraphQLError[] {
  return error instanceof GraphQLError ? [error, ...errorsWithin(error.originalError)] : [];
}

/** What was thrown, without what graphql-js wrapped it in. */
function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? originOf(error.originalError) : error;
}

// graphql-js finds some faults of a document's arguments only while it executes: a nullable variable with a default that
// is given as null, a list or object literal with a variable in it that is missing.
const OF_AN_ARGUMENT = /^Argument "\w+" (?:of |has invalid value )/;

function isArgumentError(error: unknown): boolean {
  const origin = originOf(error);
  return origin instanceof GraphQLError && OF_AN_ARGUMENT.test(origin.message);
}

function isVariableError(error: unknown): boolean {
  return error instanceof GraphQLError && codeOf(error) === 'BAD_USER_INPUT' && variableOf(error) !== null;
}

function variableOf({ nodes: [node] = [] }: GraphQLError): string | null {
  return node?.kind === Kind.VARIABLE_DEFINITION ? node.variable.name.value : null;
}

/** The message of one of the caller's errors, as it may be answered. */
function presentMessage({ message, extensions }: GraphQLFormattedError, code: string, error: unknown): string {
  switch (code) {
    case 'GRAPHQL_PARSE_FAILED':
      return presentSyntaxMessage(message);
    case 'GRAPHQL_VALIDATION_FAILED':
      // Apollo's message says how to configure Apollo.
      if (extensions?.['validationErrorCode'] === 'INTROSPECTION_DISABLED') {
        return 'Introspection is off here (INTROSPECTION)';
      }
      // What graphql-js says when comparing fields of one name with each other takes it too long.
      return message === 'Validation aborted.' ? 'The document repeats too many fields' : shortened(message);
    case 'OPERATION_RESOLUTION_FAILURE':
      return message.startsWith('Unknown operation named') ? 'The document has no operation of that name' : message;
    case 'BAD_USER_INPUT': {
      // errorPlugin puts what it finds itself in place of errors about variables; this stands where it found nothing.
      const variable = error instanceof GraphQLError ? variableOf(error) : null;
      if (variable !== null) return `Variable "$${variable}" has an invalid value`;
      return message.replace(/^(Argument "\w+" has)( invalid value) .*/s, '$1 an$2');
    }
    default:
      return message;
  }
}

/** graphql-js repeats names, and a document may have one of a megabyte. */
function shortened(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}

/** A syntax error without the text that graphql-js found; the place in the document tells where to look. */
function presentSyntaxMessage(message: string): string {
  const [, most, what] = /^Syntax Error: [\w ]+ more tha[nt] (\d+) (tokens|comments)/.exec(message) ?? [];
  if (most && what) return `The document has too many ${what}; at most ${most} (MAX_TOKENS)`;
  return message
    .replace(/\b(Name|Int|Float|String|BlockString|Comment|variable) ".*"/s, '$1')
    .replace(/^(Syntax Error: Invalid [^:]+): .*/s, '$1.');
}
