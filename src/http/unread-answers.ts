import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { boundHeldBytes } from './held-bytes.js';

/** What answers may take, in bytes, that wait for their clients to read them. */
const MOST_UNREAD = 256 * 1024 * 1024;

/** From here on a text is made bytes: of one that waits Node has up to four times its length, and of bytes no more than they are. */
const LARGE = 4 * 1024;
const TIMES_OF_TEXT = 4;

/** An answer takes it beside its bytes: its headers, and its request. */
const OF_ITSELF = 4 * 1024;

/** What is read of a file while nobody takes it. */
const OF_FILE = 64 * 1024;

/** The answers that wait to be read. */
export interface UnreadAnswers {
  /** Counts an answer, with what it says, until it is handed over or its client gone. */
  count(response: ServerResponse, said: unknown): void;
  /** Counts all that go through the app's hooks. To be called when all are there that change what is sent. */
  watch(app: FastifyInstance): void;
}

/** Bounds the memory of answers that nobody reads to 256 MiB. */
export function createUnreadAnswers(logger: Logger): UnreadAnswers {
  const hold = boundHeldBytes(MOST_UNREAD, ({ bytes, parts: answers }) => {
    logger.warn({ bytes, answers }, 'A connection was cut: too much waits to be read, and its client does not read');
  });

  function count(response: ServerResponse, said: unknown): void {
    const { socket } = response.req;
    const held = hold(socket);
    response.once('close', () => {
      held.end();
    });
    held.grow(OF_ITSELF + bytesOf(said));
  }
  return {
    count,
    watch(app) {
      app.addHook('onSend', (_request, { raw: response }, payload, done) => {
        const said = typeof payload === 'string' && payload.length >= LARGE ? Buffer.from(payload) : payload;
        count(response, said);
        done(null, said);
      });
    },
  };
}

function bytesOf(said: unknown): number {
  if (said === null || said === undefined) return 0;
  if (typeof said === 'string') return TIMES_OF_TEXT * said.length;
  return Buffer.isBuffer(said) ? said.length : OF_FILE;
}
