import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RefusedRequest } from './error-answers.js';

/** What is under way on each connection: a client may send more before it is answered. */
export interface Pipelines {
  /** Knows the requests of the app from now on. Each of their responses closes, also where its turn never comes. */
  watch(app: FastifyInstance): void;
  /**
   * Does this when each request that came whole on the connection is answered or its client gone, at once where there is
   * none: with the request that does not come whole, null where that is none yet, or is answered already. Nothing that comes
   * after those that are whole is begun any more, and as long as something waits, nothing else is done for the connection.
   */
  behind(socket: Socket, act: (broken: FastifyRequest | null) => void): void;
}

type Requests = Map<ServerResponse, FastifyRequest>;

/** Knows of no request yet. */
export function createPipelines(): Pipelines {
  const underWay = new WeakMap<Socket, Requests>();
  const waiting = new WeakSet<Socket>();
  /** The connections that are to be closed, with what is still done on them. */
  const last = new WeakMap<Socket, ReadonlySet<ServerResponse>>();

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
  return {
    watch(app) {
      app.addHook('onRequest', (request, { raw: response }, done) => {
        const requests = requestsOn(request.raw.socket).set(response, request);
        response.once('close', () => requests.delete(response));
        done();
      });
      // A body may still come to its end behind the answer that it is too late: nothing of it was done, its client was told.
      app.addHook('preHandler', ({ raw: { socket } }, { raw: response }, done) => {
        if (last.get(socket)?.has(response) === false) done(new RefusedRequest(400));
        else done();
      });
    },
    behind(socket, act) {
      if (waiting.has(socket)) return;
      const requests = underWay.get(socket) ?? new Map<ServerResponse, FastifyRequest>();
      // One that is not whole is what can't be read.
      const [broken] = [...requests].find(([{ req }]) => !req.complete) ?? [];
      const whole = new Set([...requests.keys()].filter(({ req }) => req.complete));
      last.set(socket, whole);
      const brokenYet = () => {
        act(broken === undefined || broken.headersSent ? null : (requests.get(broken) ?? null));
      };
      if (whole.size === 0) brokenYet();
      else void haveClosed(whole, socket).then(brokenYet);
    },
  };
}
