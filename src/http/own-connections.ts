import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { endConnection } from './end-connection.js';
import type { Pipelines } from './pipelines.js';

/**
 * Does with the app's connections what Node would do by itself in a way that costs clients their answers: how one is ended,
 * what is begun of what comes on it, and what is refused on the bare socket.
 */
export function ownConnections(
  app: FastifyInstance,
  pipelines: Pick<Pipelines, 'take'>,
  refuse: (error: Error, socket: Socket) => void,
): void {
  const { server } = app;
  // Node would close it at once behind its last answer.
  server.on('connection', (socket) => {
    socket.destroySoon = () => {
      endConnection(socket);
    };
  });
  // Node would end the connection of a client that ends its own side, with all that the client still waits for.
  Object.assign(server, { httpAllowHalfOpen: true });
  // Before any hook: one whose URL is none comes to no hook.
  server.removeAllListeners('request').on('request', (request, response) => {
    if (pipelines.take(response)) app.routing(request, response);
  });
  // It would answer an Expect header that it does not know by itself, too; it may be ignored.
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
  // And cut off a connection that is to be a tunnel, with what is under way on it.
  server.on('connect', ({ socket }) => {
    ownAgain(socket);
    refuse(new Error('No tunnels here'), socket);
  });
}

/** Node has let go of it: nobody else reads what comes, or ends it where nothing moves. */
function ownAgain(socket: Socket): void {
  const drop = () => {
    socket.destroy();
  };
  socket.on('error', drop).on('timeout', drop).resume();
}
