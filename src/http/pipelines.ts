import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** What is under way on each connection: a client may send more before it is answered. */
export interface Pipelines {
  /** Knows the requests of the app from now on. Each of their responses closes, also where its turn never comes. */
  watch(app: FastifyInstance): void;
  /**
   * Does this when each request that came whole on the connection is answered or its client gone, at once where there is
   * none. As long as something waits, nothing else is done for the connection.
   */
  behind(socket: Socket, act: () => void): void;
}

/** Knows of no request yet. */
export function createPipelines(): Pipelines {
  const underWay = new WeakMap<Socket, Set<ServerResponse>>();
  const waiting = new WeakSet<Socket>();

  function responsesOn(socket: Socket): Set<ServerResponse> {
    const known = underWay.get(socket);
    if (known !== undefined) return known;
    const responses = new Set<ServerResponse>();
    underWay.set(socket, responses);
    // Node closes the response whose turn it is, and no other: who waits for those behind it would wait for ever.
    socket.once('close', () => {
      for (const response of responses) if (response.socket === null) response.emit('close');
    });
    return responses;
  }

  async function actBehind(responses: readonly ServerResponse[], socket: Socket, act: () => void): Promise<void> {
    waiting.add(socket);
    await Promise.all(responses.map((response) => new Promise((resolve) => response.once('close', resolve))));
    waiting.delete(socket);
    act();
  }
  return {
    watch(app) {
      app.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
        const responses = responsesOn(socket).add(response);
        response.once('close', () => responses.delete(response));
        done();
      });
    },
    behind(socket, act) {
      if (waiting.has(socket)) return;
      // One that is not whole is what can't be read.
      const whole = [...(underWay.get(socket) ?? [])].filter(({ req }) => req.complete);
      if (whole.length === 0) act();
      else void actBehind(whole, socket, act);
    },
  };
}
