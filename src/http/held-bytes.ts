import type { Socket } from 'node:net';

/** What is held in memory for one body or answer of a connection. */
export interface Held {
  grow(bytes: number): void;
  /** Nothing of it is held any more. Called more often, it does nothing more. */
  end(): void;
}

interface Holding {
  parts: number;
  bytes: number;
  /** When it became less last, or began, in milliseconds. */
  since: number;
}

/** What is told of a connection that was cut. */
export type Cut = Pick<Holding, 'parts' | 'bytes'>;

/**
 * Bounds what is held for clients that are slow, or don't go on at all: where all together is more than `most` bytes, the
 * connection is cut that has the most of it for the longest, and another one, until it is not. What is held for one alone may
 * be more. Answers how a part of a connection begins to be held.
 */
export function boundHeldBytes(most: number, tell: (cut: Cut) => void): (socket: Socket) => Held {
  const holdings = new Map<Socket, Holding>();
  let total = 0;

  const isOnePart = () => holdings.size === 1 && [...holdings.values()].every(({ parts }) => parts === 1);

  function cut(): void {
    const now = performance.now();
    const weightOf = ({ bytes, since }: Holding) => bytes * (now - since);
    const [socket, { bytes, parts }] = [...holdings].reduce((worst, other) =>
      weightOf(other[1]) > weightOf(worst[1]) ? other : worst,
    );
    holdings.delete(socket);
    total -= bytes;
    socket.destroy();
    tell({ bytes, parts });
  }
  return (socket) => {
    let own = 0;
    return {
      grow(bytes) {
        if (socket.destroyed) return;
        const holding = holdings.get(socket) ?? { parts: 0, bytes: 0, since: performance.now() };
        if (own === 0) holding.parts += 1;
        holding.bytes += bytes;
        holdings.set(socket, holding);
        own += bytes;
        total += bytes;
        while (total > most && !isOnePart()) cut();
      },
      end() {
        const holding = holdings.get(socket);
        if (holding === undefined || own === 0) return;
        holding.parts -= 1;
        holding.bytes -= own;
        holding.since = performance.now();
        total -= own;
        own = 0;
        if (holding.parts === 0) holdings.delete(socket);
      },
    };
  };
}
