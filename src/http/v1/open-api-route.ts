import type { FastifyInstance } from 'fastify';
import { openApi } from './open-api.js';

/** `GET /v1.1/openapi.json`: what the endpoint takes and answers. It is no secret, and asks for no credentials. */
export function addOpenApiRoute(app: FastifyInstance): void {
  // Anybody may ask for it: it is the same bytes for all, also where they wait to be read.
  const bytes = Buffer.from(JSON.stringify(openApi));
  app.get('/v1.1/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes));
}
