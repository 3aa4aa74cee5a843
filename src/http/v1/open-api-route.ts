import type { FastifyInstance } from 'fastify';
import { openApi } from './open-api.js';

/** `GET /v1.1/openapi.json`: what the endpoint takes and answers. It is no secret, and asks for no credentials. */
export function addOpenApiRoute(app: FastifyInstance): void {
  app.get('/v1.1/openapi.json', () => openApi);
}
