import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a PostgreSQL server on which connections can be cut. */
export interface CuttingProxy {
  /** The same database, by this way. */
  readonly url: string;
  /**
   * Cuts the next connection that sends this text, once: before the server has it, or when it has been answered and the
   * client has not seen the answer.
   */
  cut(text: string, when: 'BEFORE' | 'ANSWERED'): void;
  /** How many were cut. */
  readonly cuts: () => number;
  /** Leads new connections to another server; those that there are stay. */
  leadTo(url: string): void;
  /** Keeps what comes from the server, on every connection, until it is called with false. */
  freeze(isFrozen: boolean): void;
  /** Keeps new connections waiting, as PgBouncer does for a server that is away, until it is called with false. */
  hold(isHeld: boolean): void;
  /** The server has none of the connections any more that there are, and nobody tells the client. New ones are as ever. */
  forget(): void;
  close(): Promise<void>;
}

export async function openProxy(url: string): Promise<CuttingProxy> {
  let target = new URL(url);
  let isFrozen = false;
  const sockets = new Set<Socket>();
  const upstreams = new Set<Socket>();
  const forgetting = new Set<() => void>();
  let next: { readonly text: string; readonly when: 'BEFORE' | 'ANSWERED' } | null = null;
  let cuts = 0;

  const held = new Set<Socket>();
  let isHolding = false;
  const server = createServer((client) => {
    sockets.add(client);
    if (isHolding) held.add(client.on('error', () => undefined));
    else pass(client);
  }).listen(0, '127.0.0.1');

  function pass(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname);
    let isWaiting = false;
    let isForgotten = false;
    const forget = (): void => {
      isForgotten = true;
      upstream.destroy();
    };
    forgetting.add(forget);
    const cut = (): void => {
      cuts += 1;
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        forgetting.delete(forget);
        if (!isForgotten || socket === client) client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (next !== null && chunk.includes(next.text)) {
        const { when } = next;
        next = null;
        if (when === 'BEFORE') {
          cut();
          return;
        }
        isWaiting = true;
      }
      if (!isForgotten) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isWaiting) cut();
      else client.write(chunk);
    });
    if (isFrozen) upstream.pause();
    upstreams.add(upstream);
    upstream.on('close', () => upstreams.delete(upstream));
  }
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    cut(text, when) {
      next = { text, when };
    },
    cuts: () => cuts,
    leadTo(other) {
      target = new URL(other);
    },
    freeze(frozen) {
      isFrozen = frozen;
      for (const upstream of upstreams) upstream[frozen ? 'pause' : 'resume']();
    },
    hold(isHeld) {
      isHolding = isHeld;
      for (const client of held) pass(client);
      held.clear();
    },
    forget() {
      for (const forget of forgetting) forget();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
