import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

export const METRICS = '/metrics';

/**
 * `GET /metrics`: for Prometheus, as OpenMetrics to whoever takes that. It asks for no credentials, and tells nothing
 * about a person; still it is for the operator's network only, which a balancer sees to.
 */
export function addMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get(METRICS, async (request, reply) => {
    // Whoever names it, in whatever version and with whatever parameters, reads it.
    const isOpen = request.headers.accept?.includes('application/openmetrics-text') ?? false;
    const { contentType, text } = await metrics.text(isOpen ? 'openMetrics' : 'prometheus');
    return reply.header('content-type', contentType).send(text);
  });
}
