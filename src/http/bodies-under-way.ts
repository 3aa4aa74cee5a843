import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ServiceBusy } from '../values/service-busy.js';
import { boundHeldBytes } from './held-bytes.js';
import { readBytes, type Body, type Read } from './read-bytes.js';

/** Read, a body takes a few times its bytes: 15 times, where it is nothing but very short entries. */
const MOST_BYTES = 64 * 1024 * 1024;

/** So many of these as may wait are not much, and few of what people send is larger: one client's large ones do not keep it out. */
const SMALL_BYTES = 16 * 1024;

/** What requests bring that are under way: a queue bounds how many wait, not how large they are. */
export interface BodiesUnderWay {
  /**
   * Reads each request's body as soon as it comes, as `readBytes`, and lets go of it when the request is answered, though
   * nobody may read the answer, or its client is gone. Where those that have not been handed over take more than 64 MiB,
   * connections are cut: they have not come to their ends, or nobody knows yet who has sent them.
   */
  watch(app: FastifyInstance): void;
  /** Hands over a request's body when it is whole; an empty one where there is none. */
  readonly read: (request: FastifyRequest, done: Read) => void;
  /**
   * Counts the request's body until the request is answered. Throws ServiceBusy for one of more than 16 KiB where all of them
   * together are more than 64 MiB. One alone may be larger.
   */
  take(request: FastifyRequest): void;
}

/** Knows of none yet. Each has at most so many bytes. */
export function createBodiesUnderWay(mostOfOne: number, logger: Logger): BodiesUnderWay {
  let total = 0;
  const hold = boundHeldBytes(MOST_BYTES, ({ bytes }) => {
    logger.warn({ bytes }, 'A connection was cut: too much waits for the rest of its bodies, or for who has sent it');
  });
  return {
    watch(app) {
      app.decorateRequest(BODY, null);
      app.decorateRequest(TAKEN, 0);
      app.addHook('onRequest', (request, reply, done) => {
        const { raw } = request;
        if (hasBody(raw)) {
          const body = readBytes(raw, mostOfOne, hold(raw.socket));
          request.setDecorator(BODY, body);
          reply.raw.once('close', body.drop);
        }
        done();
      });
      app.addHook('onSend', (request, _reply, payload, done) => {
        total -= request.getDecorator<number>(TAKEN);
        request.setDecorator(TAKEN, 0);
        bodyOf(request)?.drop();
        request.body = null;
        done(null, payload);
      });
    },
    read(request, done) {
      const body = bodyOf(request);
      if (body === null) done(null, Buffer.alloc(0));
      else if (body.isOver() && body.length() > SMALL_BYTES) {
        // Large ones that have waited together get a turn each: what is made of one is let go of before the next.
        setImmediate(() => {
          body.whole(done);
        });
      } else body.whole(done);
    },
    take(request) {
      const bytes = bodyOf(request)?.length() ?? 0;
      if (bytes > SMALL_BYTES && total > 0 && total + bytes > MOST_BYTES) {
        throw new ServiceBusy('the requests under way are as large as it takes on');
      }
      request.setDecorator(TAKEN, bytes);
      total += bytes;
    },
  };
}

/** What is kept at each request: with a WeakMap of them an update takes some percent longer. */
const BODY = 'incomingBody';
const TAKEN = 'bytesTaken';

const bodyOf = (request: FastifyRequest): Body | null => request.getDecorator<Body | null>(BODY);

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
