import type { Socket } from 'node:net';

/** Who sends all of a large body before reading has read the answer by then, in most cases. */
const LINGER_MS = 5000;

/**
 * Ends the connection behind all that was written to it, and behind these last words. What the client still sends is read
 * and dropped for a few seconds: bytes that come to a closed connection reset it, and many a client that is reset while it
 * sends never reads the answer that it has got. Does nothing where the connection is ended already.
 */
export function endConnection(socket: Socket, words = ''): void {
  if (!socket.writable) return;
  socket.end(words, () => {
    // Who never ends its side would keep the connection for ever.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
    });
  });
}
