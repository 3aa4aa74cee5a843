import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { RequestContext } from '../http/request-context.js';
import { redactLiterals, variableFaults } from './input-faults.js';
import { loggableError, valuesOf } from './loggable-error.js';

/** The codes of errors that are the caller's to mend. Any other error is masked. */
const CALLERS_CODES: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'BATCH_TOO_LARGE',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'UNAUTHENTICATED',
]);

/** What is answered for an error that is not the caller's, in place of its message. */
const MASKS = {
  INTERNAL_SERVER_ERROR: 'Something went wrong on our side; it is logged under the request id',
  SERVICE_UNAVAILABLE: 'The service cannot do this just now; try again in a moment',
} as const;
type MaskedCode = keyof typeof MASKS;

/**
 * What leaves the server for an error: message, places and code, and of a masked one the request id. The caller's errors
 * keep their message, but for what graphql-js quotes of the request; all others are masked.
 */
export function presentError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const code = codeOf(error);
  const { locations, path, extensions } = formatted;
  const requestId = extensions?.['requestId'];
  return {
    message: isMasked(code) ? MASKS[code] : presentMessage(formatted, code, error),
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code, ...(isMasked(code) && requestId !== undefined ? { requestId } : {}) },
  };
}

/** An error as it may be answered where GraphQL has not begun: itself if it is the caller's, else masked and logged. */
export function refusalOf(error: unknown, requestId: string, logger: Logger): GraphQLError {
  const code = codeOf(error);
  if (!isMasked(code) && error instanceof GraphQLError) return error;
  const masked = isMasked(code) ? code : 'INTERNAL_SERVER_ERROR';
  log(logger, masked, requestId, loggableError(error));
  const http = { status: masked === 'SERVICE_UNAVAILABLE' ? 503 : 500 };
  return new GraphQLError(MASKS[masked], { extensions: { code: masked, requestId, http } });
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
        willSendResponse({ schema, operation, document, request, response, errors, contextValue: { requestId } }) {
          if (errors === undefined || response.body.kind !== 'single') return Promise.resolve();
          const { singleResult } = response.body;
          if (operation !== undefined && errors.some(isVariableError)) {
            singleResult.errors = variableFaults(schema, operation, request.variables ?? {});
            return Promise.resolve();
          }
          const values = valuesOf(request.variables, document);
          singleResult.errors = singleResult.errors?.map((presented, index) => {
            const code = presented.extensions?.['code'];
            if (!isMasked(code)) return presented;
            log(logger, code, requestId, loggableError(originOf(errors[index]), values), presented.path);
            return { ...presented, extensions: { code, requestId } };
          });
          return Promise.resolve();
        },
        // Only a fault of a plugin ends here: Apollo answers with an error of its own, which tells nothing.
      }),
    unexpectedErrorProcessingRequest({ requestContext, error }) {
      log(logger, 'INTERNAL_SERVER_ERROR', requestContext.contextValue.requestId, loggableError(error));
      return Promise.resolve();
    },
  };
}
