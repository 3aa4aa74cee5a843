import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

// Longer than any request takes, shorter than the 30 seconds that orchestrators commonly give a process to end.
const LONGEST_DRAIN_MS = 25_000;

/** How a server ends: what is under way is answered, what comes after is not begun. */
export interface Drain {
  isDraining(): boolean;
  /** Counts the work as under way until it settles, even if the client that asked for it has gone. */
  track<T>(work: Promise<T>): Promise<T>;
  /**
   * Stops listening at once, and resolves when what was under way is answered and every connection closed: after 25
   * seconds at the latest, cutting off what is left. A second call waits for the first.
   */
  close(): Promise<void>;
}

/** Makes the app able to drain. Refusing what comes on connections that are still open is left to the app's hooks. */
export function addDrain(app: FastifyInstance): Drain {
  let underWay = 0;
  let becameIdle: (() => void) | null = null;
  let closing: Promise<void> | null = null;

  // Node forgets those that it has handed over, as tunnels.
  const connections = new Set<Socket>();
  app.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const begin = () => {
    underWay += 1;
  };
  const end = () => {
    underWay -= 1;
    if (underWay === 0) becameIdle?.();
  };
  app.addHook('onRequest', (_request, reply, done) => {
    begin();
    // Comes after the last byte is handed over, and also where the client went away before.
    reply.raw.once('close', end);
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing !== null) reply.header('connection', 'close');
    done(null, payload);
  });

  async function drain(): Promise<void> {
    const closed = once(app.server, 'close');
    // Fastify's close() stops listening only after its own hooks, and then waits for clients that never send anything.
    app.server.close();
    await idleWithin(LONGEST_DRAIN_MS);
    for (const connection of connections) connection.destroy();
    await closed;
    await app.close();
  }
  function idleWithin(milliseconds: number): Promise<void> {
    if (underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      becameIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  return {
    isDraining: () => closing !== null,
    track(work) {
      begin();
      return work.finally(end);
    },
    close: () => (closing ??= drain()),
  };
}
