import { randomUUID } from 'node:crypto';
import type { ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { fastifyCors, type FastifyCorsOptions } from '@fastify/cors';
import {
  fastify,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type RouteGenericInterface,
} from 'fastify';
import type { Logger } from 'pino';
import type { Reads } from './database/reads.js';
import { createApollo } from './graphql/apollo.js';
import { addRequestId, refusalOf } from './graphql/errors.js';
import { createSchema, type ResolverClass } from './graphql/schema.js';
import { createAuthenticate, type Authenticate, type AuthenticateParts } from './http/authenticate.js';
import { addressOf } from './http/address-of.js';
import { addDrain, type Drain } from './http/drain.js';
import {
  answerError,
  answerRefusal,
  answerUnreadable,
  graphqlRefusal,
  RefusedRequest,
  unreadableStatusOf,
} from './http/error-answers.js';
import { addExplorer, type Credentials } from './http/explorer.js';
import { addHealthRoutes, isWatching } from './http/health.js';
import { addJsonBody } from './http/json-body.js';
import type { Metrics } from './http/metrics.js';
import { addMetricsRoute } from './http/metrics-route.js';
import { addRequestLog, recordOf, requestTeller, toldRequest, type TellRequest } from './http/request-log.js';
import { noteCaller } from './http/request-record.js';
import { createPipelines, type Pipelines } from './http/pipelines.js';
import { addOpenApiRoute } from './http/v1/open-api-route.js';
import { addUpdateRoute, type UpdateRouteParts } from './http/v1/update-route.js';
import {
  READ_AFTER_HEADER,
  readReadAfter,
  readRequestId,
  readUserContext,
  REQUEST_ID_HEADER,
  USER_CONTEXT_HEADERS,
  type RequestContext,
} from './http/request-context.js';
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
  const app = createApp(settings, logger, tell, pipelines);
  const drain = addDrain(app);
  pipelines.watch(app, () => drain.isDraining());
  addRequestLog(app, tell);
  addRequestHooks(app, drain);
  if (settings.corsOrigins.length > 0) await app.register(fastifyCors, corsOptions(settings));
  const authenticate = createAuthenticate({ ...parts, maxWrongCredentials: settings.maxWrongCredentials });
  await addUpdateRoute(app, {
    ...parts,
    authenticate,
    maxBodyBytes: settings.maxBodyBytes,
    track: (work) => drain.track(work),
  });
  addOpenApiRoute(app);
  addHealthRoutes(app, { isReady: () => parts.isReady(), isDraining: () => drain.isDraining() });
  addMetricsRoute(app, metrics);
  if (settings.explorer) await addExplorer(app, settings.production ? null : parts.demo);

  const apollo = createApollo(createSchema([...parts.resolverInstances.keys()], parts.resolverInstances), parts);
  await apollo.start();
  addGraphqlRoute(app, apollo, drain, { ...parts, authenticate });

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

function createApp(settings: Settings, logger: Logger, tell: TellRequest, pipelines: Pipelines): FastifyInstance {
  const refuse = (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = unreadableStatusOf(error);
    // Before them it would be taken for the answer of a request that is done.
    pipelines.behind(socket, status, (broken) => {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      const requestId = broken?.id ?? randomUUID();
      const own = broken?.routeOptions.config.refusalContent;
      const content = broken && own ? own(status, broken) : graphqlRefusal(status, requestId);
      answerUnreadable(socket, status, requestId, content);
      tell(
        broken === null
          ? { requestId, status, method: null, route: null, milliseconds: null }
          : toldRequest(broken, status),
      );
    });
  };
  const app = fastify({
    // Fastify would log the path of each request, and a query sent by GET has people's data there.
    logger: false,
    ...timeLimits(settings.maxRequestSeconds * 1000),
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    genReqId: ({ headers }) => readRequestId(headers),
    // Node would answer a request without Host by itself; like this it is a request that the route refuses.
    http: { ...arrivalLimits(settings.maxRequestSeconds * 1000), requireHostHeader: false },
    clientErrorHandler: refuse,
    frameworkErrors(error, request, reply) {
      answerError(error, reply.header(REQUEST_ID_HEADER, request.id), logger);
      const { id: requestId, method } = request;
      tell({ requestId, method, route: null, status: reply.statusCode, milliseconds: null });
    },
  });
  // Node would end the connection of a client that ends its own side, with all that the client still waits for.
  Object.assign(app.server, { httpAllowHalfOpen: true });
  // Before any hook: one whose URL is none comes to no hook.
  app.server.removeAllListeners('request').on('request', (request, response) => {
    if (pipelines.take(response)) app.routing(request, response);
  });
  // It would answer an Expect header that it does not know by itself, too; it may be ignored.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  // And cut off a connection that is to be a tunnel, with what is under way on it.
  app.server.on('connect', ({ socket }) => {
    ownAgain(socket);
    refuse(new Error('No tunnels here'), socket);
  });
  addJsonBody(app, settings.maxBodyBytes);
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, logger));
  app.setNotFoundHandler((_request, reply) => answerRefusal(reply, 404));
  return app;
}

/** Where localhost has two addresses, Fastify makes a second server, without what the first is made to do. */
const addressToListenOn = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);

/** Node has let go of it: nobody else reads what comes, or ends it where nothing moves. */
function ownAgain(socket: Socket): void {
  const drop = () => {
    socket.destroy();
  };
  socket.on('error', drop).on('timeout', drop).resume();
}

/** How much later than it should Node may notice that a request takes too long to arrive. */
const LATENESS_MS = 1000;

/** The most that anything takes between a request that has arrived and its answer, waiting and trying again included. */
const LONGEST_WORK_MS = 120_000;

function timeLimits(requestTimeout: number): Pick<FastifyServerOptions, 'requestTimeout' | 'connectionTimeout'> {
  // On a connection where nothing moves for longer, there is a client that does not read what it is answered.
  return { requestTimeout, connectionTimeout: requestTimeout + LONGEST_WORK_MS };
}

/** Node exchanges the two timeouts where that for headers is the longer one; then a slow body would never be too late. */
const arrivalLimits = (requestTimeout: number): ServerOptions => ({
  requestTimeout,
  headersTimeout: requestTimeout,
  connectionsCheckingInterval: LATENESS_MS,
});

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

function corsOptions({ corsOrigins }: Settings): FastifyCorsOptions {
  return {
    origin: [...corsOrigins],
    methods: ['GET', 'POST'],
    allowedHeaders: [
      'Content-Type',
      'Authorization',
      REQUEST_ID_HEADER,
      READ_AFTER_HEADER,
      ...Object.values(USER_CONTEXT_HEADERS),
      'Apollo-Require-Preflight',
      'X-Apollo-Operation-Name',
    ],
    exposedHeaders: [REQUEST_ID_HEADER, READ_AFTER_HEADER, 'Retry-After'],
    maxAge: 600,
    strictPreflight: false,
  };
}

interface GraphqlParts extends Pick<ServerParts, 'readsAfter' | 'logger'> {
  readonly authenticate: Authenticate;
}

/** As the integration types its handler. */
interface GraphqlRoute extends RouteGenericInterface {
  Reply: string;
}

function addGraphqlRoute(
  app: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  drain: Drain,
  parts: GraphqlParts,
): void {
  const handle = fastifyApolloHandler(apollo, { context: (request) => createContext(request, parts) });
  app.route<GraphqlRoute>({
    method: ['GET', 'POST'],
    url: '/graphql',
    exposeHeadRoute: false,
    handler: (request, reply) => drain.track(answer(request, reply)),
  });
  app.route({
    method: ['HEAD', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    // Whatever its body is.
    onRequest: (_request, reply) => void answerRefusal(reply.header('allow', 'GET, POST'), 405),
    handler: () => undefined,
  });

  async function answer(request: FastifyRequest<GraphqlRoute>, reply: FastifyReply<GraphqlRoute>): Promise<string> {
    const body = String(await handle.call(app, request, reply));
    // Where Apollo fails outside of an operation, it answers without knowing the request.
    return reply.statusCode === 500 ? addRequestId(body, request.id) : body;
  }
}

async function createContext(
  request: FastifyRequest,
  { authenticate, readsAfter, logger }: GraphqlParts,
): Promise<RequestContext> {
  const { id, headers } = request;
  const record = recordOf(request);
  try {
    const userContext = readUserContext(headers);
    const caller = await authenticate({ authorization: headers.authorization, address: addressOf(request) });
    noteCaller(record, caller);
    return { requestId: id, caller, userContext, reads: readsAfter(readReadAfter(headers)), record };
  } catch (error) {
    const refusal = refusalOf(error, id, logger);
    record.failures.push(String(refusal.extensions['code']));
    throw refusal;
  }
}
