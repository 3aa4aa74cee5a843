import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type OpenMetricsContentType,
  type PrometheusContentType,
} from 'prom-client';
import type { RequestRecord } from './request-record.js';

/** A request that was answered. */
export interface AnsweredRequest {
  readonly requestId: string;
  /** Null where it could not be read. */
  readonly method: string | null;
  /** The pattern of its route, null where there is none. */
  readonly route: string | null;
  readonly status: number;
  /** Null where nobody knows when it began. */
  readonly milliseconds: number | null;
  readonly record: RequestRecord;
}

/** A batch that was stored, as the engine tells it, of which the edge knows nothing else. Times are in milliseconds. */
export interface StoredBatch {
  readonly items: number;
  readonly loadMs: number;
  readonly planMs: number;
  readonly storeMs: number;
}

/** What is counted and measured, for Prometheus. No label has more values than the code has words for. */
export interface Metrics {
  requestAnswered(request: AnsweredRequest): void;
  batchStored(batch: StoredBatch): void;
  /** Adds what Node.js tells of the process: memory, CPU, event loop, garbage. Once a process. */
  collectProcess(): void;
  /** All of it as text: as OpenMetrics, which has request ids as exemplars, or in Prometheus' older format. */
  text(format: 'openMetrics' | 'prometheus'): Promise<{ readonly contentType: string; readonly text: string }>;
}

type ContentType = OpenMetricsContentType | PrometheusContentType;

const CONTENT_TYPES = {
  openMetrics: Registry.OPENMETRICS_CONTENT_TYPE,
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
} as const satisfies Record<string, ContentType>;

/** From a fast query to what a balancer waits for. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PART_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const ITEMS = [1, 2, 4, 8, 16, 32, 64, 100];

/** What OpenMetrics lets an exemplar have, its label's name included. */
const LONGEST_EXEMPLAR = 128 - 'request_id'.length;

/** `waiting` tells how many items wait to be begun. */
export function createMetrics(waiting: () => number): Metrics {
  // Metrics of its own: in one process, as in a test, there may be several services.
  const registry = new Registry<ContentType>();
  // Which exemplars need, from the beginning.
  registry.setContentType(CONTENT_TYPES.openMetrics);
  const observed = createObserved(registry, waiting);
  let last: Promise<unknown> = Promise.resolve();

  async function render(format: keyof typeof CONTENT_TYPES): Promise<{ contentType: string; text: string }> {
    registry.setContentType(CONTENT_TYPES[format]);
    const text = await registry.metrics();
    // prom-client takes the suffix off the counters for OpenMetrics, and would not put it back for the older format.
    for (const metric of registry.getMetricsAsArray() as { name: string; type: unknown }[]) {
      if (metric.type === 'counter' && !metric.name.endsWith('_total')) metric.name += '_total';
    }
    return { contentType: CONTENT_TYPES[format], text };
  }
  return {
    requestAnswered(request) {
      observeRequest(observed, request);
    },
    batchStored({ items, loadMs, planMs, storeMs }) {
      observed.batchItems.observe(items);
      observed.batchSeconds.observe({ part: 'load' }, loadMs / 1000);
      observed.batchSeconds.observe({ part: 'plan' }, planMs / 1000);
      observed.batchSeconds.observe({ part: 'store' }, storeMs / 1000);
    },
    collectProcess() {
      collectDefaultMetrics({ register: registry });
    },
    text(format) {
      // One after the other: the format is the registry's.
      const mine = last.then(() => render(format));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

type Observed = ReturnType<typeof createObserved>;

function createObserved(registry: Registry<ContentType>, waiting: () => number) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  new Gauge({
    name: 'customer_queue_items',
    help: 'Items of updates, previews and undos that wait to be begun',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    requests: counter('http_requests_total', 'Requests that were answered', ['method', 'route', 'status']),
    // An exemplar's label has the same type as the others, and is none of them.
    seconds: new Histogram<'operation' | 'request_id'>({
      name: 'http_request_duration_seconds',
      help: 'From the first byte of a request to its answer, by what was asked for',
      labelNames: ['operation'],
      buckets: REQUEST_SECONDS,
      enableExemplars: true,
      registers,
    }),
    errors: counter('customer_errors_total', 'Errors that were answered, as data or not', ['code']),
    updates: counter('customer_updates_total', 'Items of updates, by what became of them', ['outcome']),
    merges: counter('customer_merges_total', 'Accounts that were merged into another', []),
    undos: counter('customer_merge_undos_total', 'Merges that were undone', []),
    queueSeconds: new Histogram({
      name: 'customer_queue_seconds',
      help: 'How long an update waits for its batch',
      buckets: PART_SECONDS,
      registers,
    }),
    batchItems: new Histogram({ name: 'customer_batch_items', help: 'Items of a batch', buckets: ITEMS, registers }),
    batchSeconds: new Histogram({
      name: 'customer_batch_seconds',
      help: 'The parts of a batch: to load its accounts, to plan, to write and commit',
      labelNames: ['part'],
      buckets: PART_SECONDS,
      registers,
    }),
  };
}

function observeRequest(observed: Observed, request: AnsweredRequest): void {
  const { requestId, method, route, status, milliseconds, record } = request;
  observed.requests.inc({ method: method ?? 'none', route: route ?? 'none', status });
  const operation = operationLabel(record.operations);
  if (operation !== null && milliseconds !== null) {
    const exemplarLabels = requestId.length <= LONGEST_EXEMPLAR ? { request_id: requestId } : {};
    observed.seconds.observe({ labels: { operation }, value: milliseconds / 1000, exemplarLabels });
  }
  for (const code of [...record.refusals, ...record.failures]) observed.errors.inc({ code });
  for (const outcome of ['done', 'replayed', 'refused'] as const) {
    if (record[outcome] > 0) observed.updates.inc({ outcome }, record[outcome]);
  }
  if (record.merges > 0) observed.merges.inc(record.merges);
  if (record.undos > 0) observed.undos.inc(record.undos);
  if (record.batch !== null) observed.queueSeconds.observe(record.batch.waitedMs / 1000);
}

/** One word for what was executed, of as many as the schema has root fields; null where nothing was. */
function operationLabel(operations: readonly string[]): string | null {
  if (operations.length === 0) return null;
  const [first, ...others] = operations.filter((field) => !field.startsWith('__'));
  if (first === undefined) return 'introspection';
  return others.length === 0 ? first : 'several';
}
