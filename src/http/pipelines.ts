import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { endConnection } from './end-connection.js';
import { RefusedRequest, type RefusalStatus } from './error-answers.js';

/** What is under way on each connection: a client may send more before it is answered. */
export interface Pipelines {
  /**
   * Whether a request that has just come is to be begun: nothing behind the end of its connection is. Of 100 that wait for
   * their answers on one connection, the last one ends it; where more than 200 wait, it is cut.
   */
  take(response: ServerResponse): boolean;
  /**
   * Keeps track of the app's requests. Each of their responses emits 'close', even where its turn never comes. The
   * answer to a request that came whole ends its connection only while the service is ending, and then as the last of
   * all such; nothing that comes behind the end is begun. To be called when all hooks are there that may end a
   * connection.
   */
  watch(app: FastifyInstance, isEnding: () => boolean): void;
  /**
   * Calls `act` when every request that came whole on the connection is answered, or its client gone; at once where
   * there is none. It is given the request that has not come whole, null where none has begun. Where that one is
   * answered already, the connection is just closed. Nothing that comes later is begun; a body that comes to its end
   * meanwhile is refused with this status, and `act` is not called. While one call waits, others for the connection do
   * nothing.
   */
  behind(socket: Socket, status: RefusalStatus, act: (broken: FastifyRequest | null) => void): void;
}

/** In the order in which they came; null for one that has come to no hook. */
type Requests = Map<ServerResponse, FastifyRequest | null>;

/** Whoever sends more does not wait for answers, and each that nobody reads takes memory. */
const MOST_AT_ONCE = 100;

/** What is still done on a connection that is to be closed, and how all else is refused. */
interface Last {
  readonly responses: ReadonlySet<ServerResponse>;
  readonly status: RefusalStatus;
}

/** Knows of no request yet. */
export function createPipelines(): Pipelines {
  const underWay = new WeakMap<Socket, Requests>();
  /** Of the last request that came, until it is whole and answered: what it lacks of its body is what comes next. */
  const newest = new WeakMap<Socket, ServerResponse>();
  /** How many requests came behind the end of the connection. */
  const surplus = new WeakMap<Socket, number>();
  const waiting = new WeakSet<Socket>();
  const last = new WeakMap<Socket, Last>();
  /** Answered as what came too late, with the end of the connection. */
  const refused = new WeakSet<ServerResponse>();

  function requestsOn(socket: Socket): Requests {
    const known = underWay.get(socket);
    if (known !== undefined) return known;
    const requests: Requests = new Map();
    underWay.set(socket, requests);
    // Node closes the response whose turn it is, and no other: who waits for those behind it would wait for ever.
    socket.once('close', () => {
      for (const response of requests.keys()) if (response.socket === null) response.emit('close');
    });
    return requests;
  }

  async function haveClosed(responses: ReadonlySet<ServerResponse>, socket: Socket): Promise<void> {
    waiting.add(socket);
    await Promise.all([...responses].map((response) => new Promise((resolve) => response.once('close', resolve))));
    waiting.delete(socket);
  }

  /** Whether one that has come whole waits to be answered after this one. */
  function isBeforeOthers(socket: Socket, response: ServerResponse): boolean {
    const responses = [...requestsOn(socket).keys()];
    return responses.slice(responses.indexOf(response) + 1).some(({ req }) => req.complete);
  }

  const wholeOn = (socket: Socket) => new Set([...requestsOn(socket).keys()].filter(({ req }) => req.complete));

  function takeNoMore(socket: Socket, status: RefusalStatus): void {
    if (!last.has(socket)) last.set(socket, { responses: wholeOn(socket), status });
  }
  return {
    take(response) {
      const { socket } = response.req;
      const requests = requestsOn(socket);
      if (surplus.has(socket) || last.has(socket)) {
        const behind = (surplus.get(socket) ?? 0) + 1;
        surplus.set(socket, behind);
        if (requests.size + behind > 2 * MOST_AT_ONCE) socket.destroy();
        return false;
      }
      requests.set(response, null);
      newest.set(socket, response);
      response.once('close', () => {
        requests.delete(response);
        // A connection on which nothing more comes would keep it, with its body.
        if (response.req.complete && newest.get(socket) === response) newest.delete(socket);
      });
      if (requests.size === MOST_AT_ONCE) {
        surplus.set(socket, 0);
        response.shouldKeepAlive = false;
      }
      return true;
    },
    watch(app, isEnding) {
      app.addHook('onRequest', (request, { raw: response }, done) => {
        requestsOn(request.raw.socket).set(response, request);
        done();
      });
      // A body may still come to its end behind what ends the connection: nothing of it is done, its client was told.
      app.addHook('preHandler', ({ raw: { socket } }, reply, done) => {
        const { responses, status } = last.get(socket) ?? {};
        if (responses === undefined || status === undefined || responses.has(reply.raw)) {
          done();
          return;
        }
        refused.add(reply.raw);
        reply.header('connection', 'close');
        done(new RefusedRequest(status));
      });
      // Fastify closes the connection of each body that it can't read, also of one that has come to its end.
      app.addHook('onSend', ({ raw: { socket, complete } }, reply, payload, done) => {
        if (reply.getHeader('connection') === 'close' && !refused.has(reply.raw)) {
          const isLast = !complete || (isEnding() && !isBeforeOthers(socket, reply.raw));
          if (isLast) takeNoMore(socket, 400);
          // Removed, the header would have Node forget that the client has ended its side, and that this answer ends the connection.
          else if (reply.raw.shouldKeepAlive) reply.header('connection', 'keep-alive');
        }
        done(null, payload);
      });
    },
    behind(socket, status, act) {
      if (waiting.has(socket)) return;
      const response = newest.get(socket);
      // One that is not whole is what can't be read.
      const broken = response === undefined || response.req.complete ? null : response;
      const whole = wholeOn(socket);
      takeNoMore(socket, status);
      const brokenYet = () => {
        if (broken === null) act(null);
        else if (refused.has(broken)) return;
        else if (broken.headersSent) endConnection(socket);
        else act(requestsOn(socket).get(broken) ?? null);
      };
      if (whole.size === 0) brokenYet();
      else void haveClosed(whole, socket).then(brokenYet);
    },
  };
}
