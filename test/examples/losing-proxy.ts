import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to the service on which the first answer to each request that may be sent again is lost. */
export interface LosingProxy {
  readonly url: string;
  /** The idempotency keys of the updates that came, one for each time. */
  readonly keys: () => readonly string[];
  close(): Promise<void>;
}

export async function openLosingProxy(target: string): Promise<LosingProxy> {
  const seen = new Set<string>();
  const keys: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await textOf(request);
      const { query, variables } = JSON.parse(body) as Asked;
      const key = variables.input?.idempotencyKey;
      if (key !== undefined) keys.push(key);
      const headers = { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' };
      const answer = await fetch(target, { method: 'POST', headers, body });
      const text = await answer.text();
      const mayBeLost = query.startsWith('query') || key !== undefined;
      if (mayBeLost && !seen.has(body)) {
        seen.add(body);
        response.writeHead(503, { 'retry-after': '0', 'content-type': 'text/html' }).end('<h1>Try again</h1>');
      } else {
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
      }
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    keys: () => keys,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Asked {
  readonly query: string;
  readonly variables: { readonly input?: { readonly idempotencyKey?: string } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8').trim();
}
