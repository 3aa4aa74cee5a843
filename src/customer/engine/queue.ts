/** Requests that wait for their batch. */
export interface Queue<Item, Outcome> {
  /**
   * Hands over the items of one request, which stay together; answers once their batch is committed. Throws where
   * their batch failed, then none of them is stored.
   */
  submit(items: readonly Item[]): Promise<Outcome[]>;
  /** Resolves when nothing waits or runs any more. */
  drained(): Promise<void>;
}

interface Request<Item, Outcome> {
  readonly items: readonly Item[];
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what comes in while a batch runs; when it ends, all that waits is the next one, up to `maxItems`. There is no
 * timer: on an idle service a request is a batch of its own, at once. Where a batch fails, its requests run again one by
 * one, so that a poisonous one fails alone; unless `isHopeless` says that no other try could do better.
 */
export function createQueue<Item, Outcome>(
  runBatch: (items: readonly Item[]) => Promise<Outcome[]>,
  isHopeless: (error: unknown) => boolean,
  maxItems = 128,
): Queue<Item, Outcome> {
  const waiting: Request<Item, Outcome>[] = [];
  let running: Promise<void> | null = null;

  function takeBatch(): Request<Item, Outcome>[] {
    let size = 0;
    const tooMany = waiting.findIndex(({ items }) => (size += items.length) > maxItems);
    return waiting.splice(0, tooMany === -1 ? waiting.length : Math.max(tooMany, 1));
  }

  async function run(requests: readonly Request<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await runBatch(requests.flatMap(({ items }) => items));
      let start = 0;
      for (const { items, resolve } of requests) resolve(outcomes.slice(start, (start += items.length)));
    } catch (error) {
      if (requests.length === 1 || isHopeless(error)) {
        for (const { reject } of requests) reject(error);
      } else {
        for (const request of requests) await run([request]);
      }
    }
  }

  async function runAll(): Promise<void> {
    while (waiting.length > 0) await run(takeBatch());
    running = null;
  }

  return {
    submit: (items) =>
      new Promise((resolve, reject) => {
        waiting.push({ items, resolve, reject });
        running ??= runAll();
      }),
    drained: async () => {
      while (running !== null) await running;
    },
  };
}
