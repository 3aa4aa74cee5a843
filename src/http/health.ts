import type { FastifyInstance, FastifyRequest } from 'fastify';
import { METRICS } from './metrics-route.js';

const LIVENESS = '/livez';
const READINESS = '/readyz';

/** What tells an orchestrator whether to send requests here. */
export interface Readiness {
  isReady(): Promise<boolean>;
  isDraining(): boolean;
}

/**
 * `GET /livez`: 200 as long as the process answers at all. `GET /readyz`: 200 where it can serve, else 503. Neither asks
 * for credentials, and neither tells why: that is in the log.
 */
export function addHealthRoutes(app: FastifyInstance, readiness: Readiness): void {
  app.get(LIVENESS, () => ({ status: 'ok' }));

  app.get(READINESS, async (_request, reply) => {
    if (readiness.isDraining()) return reply.code(503).send({ status: 'draining' });
    const isReady = await readiness.isReady().catch(() => false);
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable' });
  });
}

/** Whether the request is of whoever watches the service: answered while the server drains too, and no news. */
export function isWatching({ routeOptions: { url } }: FastifyRequest): boolean {
  return url === LIVENESS || url === READINESS || url === METRICS;
}
