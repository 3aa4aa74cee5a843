import type { FastifyInstance } from 'fastify';

/** `GET /v1.1/openapi.json`: the description of this endpoint, which is no secret. */
export function addOpenApiRoute(app: FastifyInstance): void {
  app.get('/v1.1/openapi.json', () => ({}));
}
