import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ServiceBusy } from '../values/service-busy.js';
import { boundHeldBytes } from './held-bytes.js';
import { lengthRead, readBytes, type Read } from './read-bytes.js';

/** Read, a body takes a few times its bytes: 15 times, where it is nothing but very short entries. */
const MOST_BYTES = 64 * 1024 * 1024;

/** So many of these as may wait are not much, and few of what people send is larger: one client's large ones do not keep it out. */
const SMALL_BYTES = 16 * 1024;

/** What requests bring that are under way: a queue bounds how many wait, not how large they are. */
export interface BodiesUnderWay {
  /**
   * Reads a body, as `readBytes`. Where those that have not come to their ends take more than 64 MiB, connections are cut:
   * nobody has to say who it is before that.
   */
  readonly read: (request: IncomingMessage, most: number, done: Read) => void;
  /**
   * Counts the request's body until the request is answered. Throws ServiceBusy for one of more than 16 KiB where all of them
   * together are more than 64 MiB. One alone may be larger.
   */
  take(request: FastifyRequest): void;
  /** Lets go of each when its request is answered, though nobody may read the answer. */
  watch(app: FastifyInstance): void;
}

/** Knows of none yet. */
export function createBodiesUnderWay(logger: Logger): BodiesUnderWay {
  const taken = new WeakMap<FastifyRequest, number>();
  let total = 0;
  const hold = boundHeldBytes(MOST_BYTES, ({ bytes }) => {
    logger.warn({ bytes }, 'A connection was cut: too much waits for the rest of its bodies, and it does not come');
  });
  return {
    read(request, most, done) {
      readBytes(request, most, hold(request.socket), done);
    },
    take(request) {
      const bytes = lengthRead(request.raw);
      if (bytes > SMALL_BYTES && total > 0 && total + bytes > MOST_BYTES) {
        throw new ServiceBusy('the requests under way are as large as it takes on');
      }
      taken.set(request, bytes);
      total += bytes;
    },
    watch(app) {
      app.addHook('onSend', (request, _reply, payload, done) => {
        total -= taken.get(request) ?? 0;
        taken.delete(request);
        request.body = null;
        done(null, payload);
      });
    },
  };
}
