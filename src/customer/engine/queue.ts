/** Requests that wait for their batch. */
export interface Queue<Item, Outcome> {
  /**
   * Hands over the items of one request, which stay together; answers once their batch is committed. Throws where
   * their batch failed, then none of them is stored. `begins` is told how many items its batch has when that begins,
   * and again where they run once more.
   */
  submit(items: readonly Item[], begins?: (batchItems: number) => void): Promise<Outcome[]>;
  /** How many requests wait for a batch. */
  readonly waiting: number;
  /** Resolves when nothing waits or runs any more. */
  drained(): Promise<void>;
}

export interface QueueTerms<Item, Outcome> {
  readonly runBatch: (items: readonly Item[]) => Promise<Outcome[]>;
  /** Whether a request with these items may run once more, alone, after its batch has failed so. */
  readonly mayRunAlone: (error: unknown, items: readonly Item[]) => boolean;
  /** How many batches run at the same time. */
  readonly batchesAtOnce: number;
  readonly maxItems?: number;
}

interface Request<Item, Outcome> {
  readonly items: readonly Item[];
  readonly begins: ((batchItems: number) => void) | undefined;
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what comes in while batches run; when one ends, all that waits is the next one, up to `maxItems`. There is no
 * timer: on an idle service a request is a batch of its own, at once. Where a batch fails, its requests run again one by
 * one, those that may, so that a poisonous one fails alone.
 */
export function createQueue<Item, Outcome>({
  runBatch,
  mayRunAlone,
  batchesAtOnce,
  maxItems = 64,
}: QueueTerms<Item, Outcome>): Queue<Item, Outcome> {
  const waiting: Request<Item, Outcome>[] = [];
  const drainings: (() => void)[] = [];
  let running = 0;

  function takeBatch(): Request<Item, Outcome>[] {
    let size = 0;
    const tooMany = waiting.findIndex(({ items }) => (size += items.length) > maxItems);
    return waiting.splice(0, tooMany === -1 ? waiting.length : Math.max(tooMany, 1));
  }

  async function run(requests: readonly Request<Item, Outcome>[]): Promise<void> {
    const batch = requests.flatMap(({ items }) => items);
    for (const { begins } of requests) begins?.(batch.length);
    try {
      const outcomes = await runBatch(batch);
      let start = 0;
      for (const { items, resolve } of requests) resolve(outcomes.slice(start, (start += items.length)));
    } catch (error) {
      for (const request of requests) {
        if (requests.length > 1 && mayRunAlone(error, request.items)) await run([request]);
        else request.reject(error);
      }
    }
  }

  async function runAll(): Promise<void> {
    running += 1;
    while (waiting.length > 0) await run(takeBatch());
    running -= 1;
    if (running === 0) for (const resolve of drainings.splice(0)) resolve();
  }

  return {
    submit: (items, begins) =>
      new Promise((resolve, reject) => {
        waiting.push({ items, begins, resolve, reject });
        if (running < batchesAtOnce) void runAll();
      }),
    get waiting() {
      return waiting.length;
    },
    drained: () =>
      new Promise((resolve) => {
        if (running === 0) resolve();
        else drainings.push(resolve);
      }),
  };
}
