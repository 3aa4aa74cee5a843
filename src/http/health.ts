import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inTime } from '../database/in-time.js';
import { METRICS } from './metrics-route.js';

const LIVENESS = '/livez';
const READINESS = '/readyz';

/** What tells an orchestrator whether to send requests here. */
export interface Readiness {
  isReady(): Promise<boolean>;
  isDraining(): boolean;
}

/** A database that stands still is none that can be served from. */
const LONGEST_MS = 5000;

/**
 * `GET /livez`: 200 as long as the process answers at all. `GET /readyz`: 200 where it can serve, 503 where it can't, or
 * where that can't be told for 5 seconds. Neither asks for credentials, and neither tells why: that is in the log.
 */
export function addHealthRoutes(app: FastifyInstance, readiness: Readiness): void {
  let asking: Promise<boolean> | null = null;

  async function ask(): Promise<boolean> {
    try {
      return await inTime(readiness.isReady(), LONGEST_MS);
    } catch {
      return false;
    }
  }
  app.get(LIVENESS, () => ({ status: 'ok' }));

  app.get(READINESS, async (_request, reply) => {
    if (readiness.isDraining()) return reply.code(503).send({ status: 'draining' });
    // Once for all who wait: anybody may ask, as often as he likes.
    asking ??= ask().finally(() => {
      asking = null;
    });
    const isReady = await asking;
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable' });
  });
}

/** Whether the request is of whoever watches the service: answered while the server drains too, and no news. */
export function isWatching({ routeOptions: { url } }: FastifyRequest): boolean {
  return url === LIVENESS || url === READINESS || url === METRICS;
}
