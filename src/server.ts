import { fastifyCors } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Reads } from './database/reads.js';
import { createApollo } from './graphql/apollo.js';
import { createSchema, type ResolverClass } from './graphql/schema.js';
import { createAuthenticate, type AuthenticateParts } from './http/authenticate.js';
import { createBodiesUnderWay } from './http/bodies-under-way.js';
import { corsOptions } from './http/cors-options.js';
import { createApp } from './http/create-app.js';
import { addDrain, type Drain } from './http/drain.js';
import { RefusedRequest } from './http/error-answers.js';
import { addExplorer, type Credentials } from './http/explorer.js';
import { addGraphqlRoute } from './http/graphql-route.js';
import { addHealthRoutes, isWatching } from './http/health.js';
import type { Metrics } from './http/metrics.js';
import { addMetricsRoute } from './http/metrics-route.js';
import { createPipelines } from './http/pipelines.js';
import { REQUEST_ID_HEADER } from './http/request-context.js';
import { addRequestLog, requestTeller } from './http/request-log.js';
import { createUnreadAnswers } from './http/unread-answers.js';
import { addOpenApiRoute } from './http/v1/open-api-route.js';
import { addUpdateRoute, type UpdateRouteParts } from './http/v1/update-route.js';
import type { Settings } from './settings.js';

/** What a server is made of. */
export interface ServerParts
  extends
    Pick<UpdateRouteParts, 'engine' | 'loadOrganization' | 'lastCommit' | 'rateLimit'>,
    Omit<AuthenticateParts, 'maxWrongCredentials'> {
  readonly settings: Settings;
  /** Each resolver class with what resolves its fields; the keys are the schema, in this order. */
  readonly resolverInstances: ReadonlyMap<ResolverClass, object>;
  /** By what a request reads that is after these answers. */
  readonly readsAfter: (after: string | null) => Reads;
  isReady(): Promise<boolean>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What the explorer fills in; never in production. */
  readonly demo: Credentials | null;
}

export interface Server {
  readonly app: FastifyInstance;
  /** Listens on the settings' host and port, and returns the address: http://127.0.0.1:4000. Throws Node's error where it can't. */
  listen(): Promise<string>;
  /** Takes no new requests, answers those under way, and resolves when every connection is closed. */
  close(): Promise<void>;
}

/** The whole service but for its database: HTTP, GraphQL, who may call. Throws where the resolvers make no valid schema. */
export async function createServer(parts: ServerParts): Promise<Server> {
  const { settings, logger, metrics } = parts;
  const tell = requestTeller(logger, metrics);
  const pipelines = createPipelines();
  const unread = createUnreadAnswers(logger);
  const bodies = createBodiesUnderWay(settings.maxBodyBytes, logger);
  const app = createApp(settings, logger, tell, { pipelines, unread, bodies });
  const drain = addDrain(app);
  const track = <T>(work: Promise<T>) => drain.track(work);
  pipelines.watch(app, () => drain.isDraining());
  addRequestLog(app, tell);
  addRequestHooks(app, drain);
  bodies.watch(app);
  unread.watch(app);
  if (settings.corsOrigins.length > 0) await app.register(fastifyCors, corsOptions(settings));
  const authenticate = createAuthenticate({ ...parts, maxWrongCredentials: settings.maxWrongCredentials });
  await addUpdateRoute(app, {
    ...parts,
    authenticate,
    bodies,
    track,
  });
  addOpenApiRoute(app);
  addHealthRoutes(app, { isReady: () => parts.isReady(), isDraining: () => drain.isDraining() });
  addMetricsRoute(app, metrics);
  if (settings.explorer) await addExplorer(app, settings.production ? null : parts.demo);

  const apollo = createApollo(createSchema([...parts.resolverInstances.keys()], parts.resolverInstances), parts);
  await apollo.start();
  addGraphqlRoute(app, apollo, { ...parts, authenticate, bodies, track });

  async function stop(): Promise<void> {
    await drain.close();
    // A second call of it would never return.
    await apollo.stop();
  }
  let stopped: Promise<void> | null = null;
  return {
    app,
    listen: () => app.listen({ host: addressToListenOn(settings.host), port: settings.port }),
    close: () => (stopped ??= stop()),
  };
}

/** Where localhost has two addresses, Fastify makes a second server, without what the first is made to do. */
const addressToListenOn = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);

function addRequestHooks(app: FastifyInstance, drain: Drain): void {
  app.addHook('onRequest', (request, reply, done) => {
    // Answers are about people: nothing on the way may keep them.
    reply.header(REQUEST_ID_HEADER, request.id).header('cache-control', 'no-store');
    if (drain.isDraining() && !isWatching(request)) done(new RefusedRequest(503));
    else done();
  });
  // Once it is known who sends it, and that it may come to a body at all.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (isCompressed(request) || hasLongContentType(request)) done(new RefusedRequest(415));
    else done(null, payload);
  });
}

/** Nobody here unpacks a body: what is small would not stay so. */
const isCompressed = ({ headers: { 'content-encoding': encoding = '' } }: FastifyRequest): boolean =>
  !/^(?:identity)?$/i.test(encoding.trim());

const LONGEST_CONTENT_TYPE = 255;

/** Apollo looks for the end of each part by an expression whose time grows with the square of the blanks in it. */
const hasLongContentType = ({ headers: { 'content-type': type = '' } }: FastifyRequest): boolean =>
  type.length > LONGEST_CONTENT_TYPE;
