import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { codeOfStatus } from './error-answers.js';
import { EXPLORER_FILES } from './explorer.js';
import { isWatching } from './health.js';
import type { AnsweredRequest, Metrics } from './metrics.js';
import { newRequestRecord, type RequestRecord } from './request-record.js';

/** An answered request, with what is not known of one that came to no route left out. */
interface ToldRequest extends Omit<AnsweredRequest, 'record'> {
  readonly record?: RequestRecord;
  /** No news: of whoever watches the service every few seconds, or one of a page's many files. */
  readonly isQuiet?: boolean;
}
export type TellRequest = (request: ToldRequest) => void;

const RECORD = 'record';
const BEGUN_AT = 'begunAt';

/** Tells each request that was answered once: a line in the log, without anything that it brought, and the metrics. */
export function requestTeller(logger: Logger, metrics: Metrics): TellRequest {
  return ({ record = newRequestRecord(), isQuiet = false, ...request }) => {
    // What did not come whole is answered at once, and once more, to nobody, when its connection is closed.
    if (record.isTold) return;
    record.isTold = true;
    const code = record.failures.length === 0 ? codeOfStatus(request.status) : null;
    if (code !== null) record.failures.push(code);
    metrics.requestAnswered({ record, ...request });
    const level = isQuiet ? 'debug' : 'info';
    if (logger.isLevelEnabled(level)) logger[level](line({ record, ...request }), 'Answered');
  };
}

/** Keeps a record of each request, and tells it when its answer is handed over, also where its client has gone. */
export function addRequestLog(app: FastifyInstance, tell: TellRequest): void {
  app.decorateRequest(RECORD, null);
  app.decorateRequest(BEGUN_AT, 0);
  app.addHook('onRequest', (request, _reply, done) => {
    request.setDecorator(RECORD, newRequestRecord());
    // Fastify's own elapsedTime is 0 where it has neither a logger nor an onResponse hook.
    request.setDecorator(BEGUN_AT, performance.now());
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    tell(toldRequest(request, reply.statusCode));
    done(null, payload);
  });
}

/** What is told of a request that is now answered with this status. */
export const toldRequest = (request: FastifyRequest, status: number): ToldRequest => ({
  requestId: request.id,
  method: request.method,
  route: request.routeOptions.url ?? null,
  status,
  milliseconds: performance.now() - request.getDecorator<number>(BEGUN_AT),
  record: recordOf(request),
  isQuiet: isWatching(request) || request.routeOptions.url === EXPLORER_FILES,
});

/** What is known of the request so far. */
export const recordOf = (request: FastifyRequest): RequestRecord => request.getDecorator<RequestRecord>(RECORD);

function line({ requestId, method, route, status, milliseconds, record }: AnsweredRequest): object {
  const { client, organization, operations, refusals, failures, batch, done, replayed, refused, merges } = record;
  const codes = [...new Set([...refusals, ...failures])];
  return {
    requestId,
    client,
    organization,
    method,
    route,
    operation: operations.length === 0 ? null : operations.join(','),
    status,
    outcome: failures.length > 0 ? 'failed' : refusals.length > 0 ? 'refused' : 'ok',
    ...(codes.length === 0 ? {} : { codes }),
    milliseconds: milliseconds === null ? null : rounded(milliseconds),
    ...(batch === null
      ? {}
      : { items: done + replayed + refused, waited: rounded(batch.waitedMs), batchItems: batch.items, merges }),
  };
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;
