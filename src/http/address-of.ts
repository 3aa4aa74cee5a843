import type { FastifyRequest } from 'fastify';

/** Who sends the request, as an IP address; empty where the client was gone before anybody asked for it. */
export function addressOf(request: FastifyRequest): string {
  // The socket forgets it when it is closed, which Fastify's types do not know.
  return (request as { readonly ip?: string }).ip ?? '';
}
