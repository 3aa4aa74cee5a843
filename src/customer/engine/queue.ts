import { ServiceBusy } from '../../values/service-busy.js';

/** Requests that wait for their batch. */
export interface Queue<Item, Outcome> {
  /**
   * Hands over the items of one request, which stay together; answers once their batch is committed. Throws where
   * their batch failed, then none of them is stored. `begins` is told how many items its batch has when that begins,
   * and again where they run once more. Throws ServiceBusy, at once, where they would have to wait and more wait already
   * than may, and later where they have waited for too long: then they were not begun.
   */
  submit(items: readonly Item[], begins?: (batchItems: number) => void): Promise<Outcome[]>;
  /** How many items wait for a batch to begin with them. */
  waiting(): number;
  /** Resolves when nothing waits or runs any more. */
  drained(): Promise<void>;
}

export interface QueueTerms<Item, Outcome> extends QueuePace {
  readonly runBatch: (items: readonly Item[]) => Promise<Outcome[]>;
  /** Whether a request with these items may run once more after its batch has failed so: alone, or with others where only some may. */
  readonly mayRunAlone: (error: unknown, items: readonly Item[]) => boolean;
  /** What a request is told that has failed in its batch and again alone; if not given, what it failed with last. */
  readonly failureOf?: (first: unknown, again: unknown) => unknown;
  readonly maxItems?: number;
  /** As how many of `maxItems` one counts; if not given, each is one. */
  readonly sizeOf?: (item: Item) => number;
}

export interface QueuePace {
  /** How many batches run at the same time. */
  readonly batchesAtOnce: number;
  readonly bounds?: QueueBounds | undefined;
}

/** What may wait, and for how long. What has been begun is finished, however long that takes. */
export interface QueueBounds {
  readonly waitingItems: number;
  readonly waitingSeconds: number;
}

interface Request<Item, Outcome> {
  readonly items: readonly Item[];
  readonly begins: ((batchItems: number) => void) | undefined;
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it has come so long ago that nothing more is begun for it. */
  isLate: boolean;
}

/**
 * Gathers what comes in while batches run; when one ends, all that waits is the next one, up to `maxItems`. There is no
 * timer: on an idle service a request is a batch of its own, at once. Where a batch fails, its requests run again one by
 * one, so that a poisonous one fails alone; where only some of them may, those run again as a batch first.
 */
export function createQueue<Item, Outcome>({
  runBatch,
  mayRunAlone,
  failureOf = (_, again) => again,
  batchesAtOnce,
  maxItems = 64,
  sizeOf = () => 1,
  bounds,
}: QueueTerms<Item, Outcome>): Queue<Item, Outcome> {
  const waiting: Request<Item, Outcome>[] = [];
  const drainings: (() => void)[] = [];
  let waitingItems = 0;
  let running = 0;

  function takeBatch(): Request<Item, Outcome>[] {
    let size = 0;
    const tooMany = waiting.findIndex(({ items }) => {
      for (const item of items) size += sizeOf(item);
      return size > maxItems;
    });
    const batch = waiting.splice(0, tooMany === -1 ? waiting.length : Math.max(tooMany, 1));
    for (const { items } of batch) waitingItems -= items.length;
    return batch;
  }

  function expire(request: Request<Item, Outcome>): void {
    request.isLate = true;
    const place = waiting.indexOf(request);
    if (place === -1) return;
    waiting.splice(place, 1);
    waitingItems -= request.items.length;
    request.reject(new ServiceBusy('it did not come to this in time (MAX_REQUEST_SECONDS)'));
  }

  async function run(
    requests: readonly Request<Item, Outcome>[],
    told = (error: unknown): unknown => error,
  ): Promise<void> {
    const batch = requests.flatMap(({ items }) => items);
    for (const { begins } of requests) begins?.(batch.length);
    try {
      const outcomes = await runBatch(batch);
      let start = 0;
      for (const { items, resolve } of requests) resolve(outcomes.slice(start, (start += items.length)));
    } catch (error) {
      await runAgain(requests, error, told);
    }
  }

  async function runAgain(
    requests: readonly Request<Item, Outcome>[],
    error: unknown,
    told: (error: unknown) => unknown,
  ): Promise<void> {
    const toldOf = (again: unknown): unknown => told(failureOf(error, again));
    const inTime = requests.length === 1 ? [] : requests.filter(({ isLate }) => !isLate);
    const left = inTime.filter(({ items }) => mayRunAlone(error, items));
    // First: whoever has nothing to wait for waits for none of the others.
    for (const request of requests) if (!left.includes(request)) request.reject(told(error));
    if (left.length === 0) return;
    if (left.length < inTime.length) return run(left, toldOf);
    for (const request of left) {
      if (request.isLate) request.reject(told(error));
      else await run([request], toldOf);
    }
  }

  async function runAll(): Promise<void> {
    running += 1;
    while (waiting.length > 0) await run(takeBatch());
    running -= 1;
    if (running === 0) for (const resolve of drainings.splice(0)) resolve();
  }

  async function submit(items: readonly Item[], begins?: (batchItems: number) => void): Promise<Outcome[]> {
    const isIdle = running < batchesAtOnce;
    if (bounds !== undefined && !isIdle && waitingItems + items.length > bounds.waitingItems) {
      throw new ServiceBusy('as much as it takes on is waiting (MAX_WAITING_ITEMS)');
    }
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<Outcome[]>((resolve, reject) => {
      const request = { items, begins, resolve, reject, isLate: false };
      waiting.push(request);
      waitingItems += items.length;
      if (bounds !== undefined) timer = setTimeout(expire, bounds.waitingSeconds * 1000, request);
      if (isIdle) void runAll();
    });
    return answered.finally(() => {
      clearTimeout(timer);
    });
  }

  return {
    submit,
    waiting: () => waitingItems,
    drained: () =>
      new Promise((resolve) => {
        if (running === 0) resolve();
        else drainings.push(resolve);
      }),
  };
}
