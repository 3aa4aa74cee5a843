import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify';
import type { Logger } from 'pino';
import { addRequestId, refusalOf } from '../graphql/errors.js';
import type { Caller } from '../organization/caller.js';
import { addressOf } from './address-of.js';
import type { Authenticate } from './authenticate.js';
import type { BodiesUnderWay } from './bodies-under-way.js';
import { answerRefusal } from './error-answers.js';
import { readReadAfter, readUserContext, type RequestContext } from './request-context.js';
import { recordOf } from './request-log.js';
import { noteCaller } from './request-record.js';

export interface GraphqlRouteParts {
  /** By what a request reads that is after these answers. */
  readonly readsAfter: (after: string | null) => RequestContext['reads'];
  readonly authenticate: Authenticate;
  readonly bodies: BodiesUnderWay;
  /** Counts the work as under way until it settles. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
  readonly logger: Logger;
}

/** As the integration types its handler. */
interface GraphqlRoute extends RouteGenericInterface {
  Reply: string;
}

/** `/graphql`, by GET and POST: what Apollo answers to whom it is; other methods are refused (405). */
export function addGraphqlRoute(
  app: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  parts: GraphqlRouteParts,
): void {
  const callers = createCallers(app, parts);
  const handle = fastifyApolloHandler(apollo, { context: (request) => createContext(request, callers, parts) });
  app.route<GraphqlRoute>({
    method: ['GET', 'POST'],
    url: '/graphql',
    exposeHeadRoute: false,
    preParsing: (request, _reply, payload, done) => {
      callers.find(request, () => {
        done(null, payload);
      });
    },
    handler: (request, reply) => parts.track(answer(request, reply)),
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

/** Who sends requests: found out before anything is made of their bodies, which takes many times their bytes. */
interface Callers {
  /** Goes on when it is known, or known that it cannot be. */
  find(request: FastifyRequest, then: () => void): void;
  /** As `authenticate`, and counts the body of one who may call as under way. */
  of(request: FastifyRequest): Promise<Caller | null>;
}

interface Found {
  readonly caller: Caller | null;
  /** Whether all of the request was there by then. */
  readonly isWhole: boolean;
}

const FINDING = 'callerFound';

function createCallers(
  app: FastifyInstance,
  { authenticate, bodies }: Pick<GraphqlRouteParts, 'authenticate' | 'bodies'>,
): Callers {
  app.decorateRequest(FINDING, null);
  const callerOf = (request: FastifyRequest) =>
    authenticate({ authorization: request.headers.authorization, address: addressOf(request) });
  return {
    find(request, then) {
      const finding = callerOf(request).then((caller) => ({ caller, isWhole: request.raw.complete }));
      request.setDecorator(FINDING, finding);
      finding.then(then, then);
    },
    async of(request) {
      const { caller, isWhole } = await request.getDecorator<Promise<Found>>(FINDING);
      // Who has no right credentials is answered at once.
      if (caller === null) return null;
      bodies.take(request);
      // While its body was on its way, the client may have been revoked.
      return isWhole ? caller : callerOf(request);
    },
  };
}

async function createContext(
  request: FastifyRequest,
  callers: Callers,
  { readsAfter, logger }: GraphqlRouteParts,
): Promise<RequestContext> {
  const { id, headers } = request;
  const record = recordOf(request);
  try {
    const userContext = readUserContext(headers);
    const caller = await callers.of(request);
    noteCaller(record, caller);
    return { requestId: id, caller, userContext, reads: readsAfter(readReadAfter(headers)), record };
  } catch (error) {
    const refusal = refusalOf(error, id, logger);
    record.failures.push(String(refusal.extensions['code']));
    throw refusal;
  }
}
