import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { RateLimit } from '../http/rate-limit.js';
import type { RequestContext } from '../http/request-context.js';
import type { Settings } from '../settings.js';
import { credentialsPlugin } from './access.js';
import { admissionPlugin } from './admission.js';
import { createDocumentStore } from './document-store.js';
import { errorPlugin, presentError } from './errors.js';
import { documentLimits, knownOperations } from './limits.js';
import { loggableError } from './loggable-error.js';
import { readAfterPlugin } from './read-after.js';
import { recordPlugin } from './record-operation.js';
import { refuseUnbounded } from './refuse-unbounded.js';

export interface ApolloParts {
  readonly settings: Settings;
  readonly logger: Logger;
  /** Null where queries need not be told what to be after. */
  readonly lastCommit: (() => string) | null;
  /** Null where clients may send as much as they like. */
  readonly rateLimit: RateLimit | null;
}

/** An Apollo Server, not started yet, that holds requests to the settings' limits and lets out no more than it should. */
export function createApollo(
  schema: GraphQLSchema,
  { settings, logger, lastCommit, rateLimit }: ApolloParts,
): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    // What Apollo would otherwise read from the environment by itself.
    nodeEnv: settings.production ? 'production' : 'development',
    introspection: settings.introspection,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: settings.production,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // Documents by their hash: nothing that a till needs, and one cache less that strangers can fill.
    persistedQueries: false,
    // Comments are no tokens to graphql-js, but the same work.
    parseOptions: { maxLexicalTokens: settings.limits.tokens, maxComments: settings.limits.tokens },
    validationRules: [refuseUnbounded(settings.limits), knownOperations, documentLimits(settings.limits)],
    documentStore: createDocumentStore(),
    formatError(formatted, error) {
      // Within an operation these are GraphQL errors, and errorPlugin logs them with the request id.
      if (!(error instanceof GraphQLError)) logger.error({ error: loggableError(error) }, 'A request failed');
      return presentError(formatted, error);
    },
    logger: apolloLogger(logger),
    plugins: [
      credentialsPlugin(),
      admissionPlugin(settings.limits.cost, rateLimit),
      errorPlugin(logger),
      // After it: the codes are those that are answered.
      recordPlugin(),
      ...(lastCommit === null ? [] : [readAfterPlugin(lastCommit)]),
      settings.explorer
        ? ApolloServerPluginLandingPageLocalDefault({ embed: { runTelemetry: false } })
        : ApolloServerPluginLandingPageDisabled(),
      // It looks at every field of every answer.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

/** What Apollo logs as an error may quote anything, and reaches the log by `formatError` and `errorPlugin` too. */
function apolloLogger(logger: Logger): NonNullable<ApolloServerOptions<BaseContext>['logger']> {
  const quiet = () => undefined;
  return {
    debug: quiet,
    info: quiet,
    warn: (message) => {
      logger.warn(String(message));
    },
    error: quiet,
  };
}
