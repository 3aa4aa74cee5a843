import type { IncomingMessage } from 'node:http';
import { RefusedRequest } from './error-answers.js';
import type { Held } from './held-bytes.js';

const NOTHING = Buffer.alloc(0);

/** Called once: with the bytes, or why there are none. */
export type Read = (error: RefusedRequest | null, bytes: Buffer) => void;

/** A request's body, from its first piece on. */
export interface Body {
  /** Hands it over when it is whole, or broken off, or too large. To be called once. */
  whole(done: Read): void;
  /** Lets go of what has come of it, and of what still comes: who asks for it later gets a body that has broken off. */
  readonly drop: () => void;
  /** How many bytes have come. */
  length(): number;
  /** Whether nothing more of it is to come, or to be kept. */
  isOver(): boolean;
}

/**
 * Reads a request's body at once, in memory in proportion to its bytes, in however many pieces they come: Node would keep each
 * until somebody reads it. Refuses more than `most` (HTTP 413), unread where the request says so beforehand, and a body that
 * breaks off (HTTP 400). `held` is told what has come of it, until it is handed over. Not by a promise: with what Fastify makes
 * of one it takes 2 percent of an update.
 */
export function readBytes(request: IncomingMessage, most: number, held: Held): Body {
  // Not the pieces: each takes some 400 bytes of memory, were it of one.
  let space: Buffer = NOTHING;
  let length = 0;
  let isOver = false;
  /** With which status it is refused; no error yet, since nobody may ask, and to make one takes as long as all else here. */
  let refusal: 400 | 413 | null = null;
  let asked: Read | null = null;

  function letGo(): void {
    // The request knows this reader for as long as it is under way.
    space = NOTHING;
    held.end();
  }
  function handOver(done: Read): void {
    const bytes = space.subarray(0, length);
    letGo();
    done(refusal === null ? null : new RefusedRequest(refusal), bytes);
  }
  function end(status: 400 | 413 | null): void {
    if (isOver) return;
    isOver = true;
    refusal = status;
    if (refusal !== null) letGo();
    if (asked !== null) handOver(asked);
  }
  function add(piece: Buffer): void {
    if (isOver) return;
    const before = length;
    length += piece.length;
    if (length > most) {
      end(413);
      return;
    }
    held.grow(piece.length);
    if (before === 0) {
      space = piece;
      return;
    }
    if (length > space.length) space = inLarger(space, Math.max(length, Math.min(2 * before, most)));
    piece.copy(space, before);
  }
  if (Number(request.headers['content-length']) > most) end(413);
  else {
    request.on('data', add);
    request.on('end', () => {
      end(null);
    });
    request.on('error', () => {
      end(400);
    });
  }
  return {
    whole(done) {
      if (isOver) handOver(done);
      else asked = done;
    },
    drop() {
      // Where the connection closes, this comes before the request's error: who waits for the body is told all the same.
      end(400);
      refusal ??= 400;
      letGo();
    },
    length: () => length,
    isOver: () => isOver,
  };
}

/** Of its own: a small one that shares its memory with others keeps theirs, too. */
function inLarger(space: Buffer, length: number): Buffer {
  const larger = Buffer.alloc(length);
  space.copy(larger);
  return larger;
}
