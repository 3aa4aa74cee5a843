import { randomUUID } from 'node:crypto';
import type { ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import type { Settings } from '../settings.js';
import type { BodiesUnderWay } from './bodies-under-way.js';
import { answerError, answerRefusal, answerUnreadable, graphqlRefusal, unreadableStatusOf } from './error-answers.js';
import { addJsonBody } from './json-body.js';
import { ownConnections } from './own-connections.js';
import type { Pipelines } from './pipelines.js';
import { readRequestId, REQUEST_ID_HEADER } from './request-context.js';
import { toldRequest, type TellRequest } from './request-log.js';
import type { UnreadAnswers } from './unread-answers.js';

/** What knows of the app's connections, requests and answers. */
export interface AppParts {
  readonly pipelines: Pipelines;
  readonly unread: Pick<UnreadAnswers, 'count'>;
  readonly bodies: Pick<BodiesUnderWay, 'read'>;
}

/**
 * The app before it has a route: what takes too long to arrive is answered 408, what is no HTTP 400, each error in the form of
 * its endpoint, and what it answers without a hook is told all the same.
 */
export function createApp(
  settings: Pick<Settings, 'maxRequestSeconds' | 'trustedProxies'>,
  logger: Logger,
  tell: TellRequest,
  { pipelines, unread, bodies }: AppParts,
): FastifyInstance {
  const refuse = refusalOnSocket(tell, pipelines);
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
      unread.count(reply.raw, null);
      answerError(error, reply.header(REQUEST_ID_HEADER, request.id), logger);
      const { id: requestId, method } = request;
      tell({ requestId, method, route: null, status: reply.statusCode, milliseconds: null });
    },
  });
  ownConnections(app, pipelines, refuse);
  addJsonBody(app, bodies);
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, logger));
  app.setNotFoundHandler((_request, reply) => answerRefusal(reply, 404));
  return app;
}

/** What answers, on the bare socket, what Node could not read as HTTP, behind the answers to all that came before. */
function refusalOnSocket(
  tell: TellRequest,
  pipelines: Pipelines,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    const status = unreadableStatusOf(error);
    // Before them it would be taken for the answer of a request that is done.
    pipelines.behind(socket, status, (broken) => {
      if (error.code === 'ECONNRESET') socket.destroy();
      if (!socket.writable) return;
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
