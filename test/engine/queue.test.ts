import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createQueue, type QueueBounds } from '../../src/customer/engine/queue.js';

class Poison extends Error {}
class Hopeless extends Error {}

interface Batch {
  readonly items: readonly string[];
  /** Ends it as `outcomesOf` says: all of it succeeds, or it fails where one of the items is poisonous. */
  end(): void;
}

const outcomesOf = (items: readonly string[]): Promise<string[]> => {
  if (items.includes('hopeless')) return Promise.reject(new Hopeless());
  if (items.includes('poison')) return Promise.reject(new Poison());
  return Promise.resolve(items.map((item) => `${item} done`));
};

/** How a request came out: its outcomes, or the name of what was thrown. */
type Told = string[] | string;

interface GatedQueue {
  /** Hands a request over. */
  readonly submit: (...items: string[]) => Promise<Told>;
  readonly drained: () => Promise<void>;
  /** What the batches held, in the order in which they ran. */
  readonly held: () => (readonly string[])[];
  readonly waiting: () => number;
  /** Ends the batches one after the other until none is left, or so many, and whatever follows from that has happened. */
  readonly endAll: (most?: number) => Promise<void>;
}

/** A queue whose batches run until the test ends them. */
function gatedQueue(maxItems?: number, bounds?: QueueBounds): GatedQueue {
  const batches: Batch[] = [];
  const run = (items: readonly string[]): Promise<string[]> =>
    new Promise((resolve) => {
      const end = () => {
        resolve(outcomesOf(items));
      };
      batches.push({ items, end });
    });
  const queue = createQueue({
    runBatch: run,
    mayRunAlone: (error) => !(error instanceof Hopeless),
    batchesAtOnce: 1,
    ...(maxItems === undefined ? {} : { maxItems }),
    bounds,
  });
  let ended = 0;
  return {
    submit: (...items) => queue.submit(items).catch((error: unknown) => (error as Error).constructor.name),
    drained: () => queue.drained(),
    waiting: () => queue.waiting(),
    held: () => batches.map(({ items }) => items),
    endAll: async (most = Infinity) => {
      for (const last = ended + most; ended < Math.min(batches.length, last); ended += 1) {
        batches[ended]?.end();
        await settled();
      }
    },
  };
}

/** All that does not wait for anybody has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('a queue', () => {
  test('runs a request at once where nothing waits: there is no timer', () => {
    const { submit, held } = gatedQueue();
    void submit('a');
    expect(held()).toEqual([['a']]);
  });

  test('gathers what comes while a batch runs, in order, and runs it as the next one', async () => {
    const { submit, held, endAll } = gatedQueue();
    const answers = ['a', 'b', 'c', 'd'].map((item) => submit(item));
    await settled();
    expect(held()).toEqual([['a']]);
    await endAll();
    expect(held()).toEqual([['a'], ['b', 'c', 'd']]);
    expect(await Promise.all(answers)).toEqual([['a done'], ['b done'], ['c done'], ['d done']]);
  });

  test.each([1, 3])('runs %i batches at once, never more', async (batchesAtOnce) => {
    let running = 0;
    let most = 0;
    const queue = createQueue({
      runBatch: async (items: readonly number[]) => {
        most = Math.max(most, (running += 1));
        await settled();
        running -= 1;
        if (items.some((item) => item % 7 === 0)) throw new Poison();
        return [...items];
      },
      mayRunAlone: () => true,
      batchesAtOnce,
      maxItems: 5,
    });
    const answers = await Promise.allSettled(Array.from({ length: 60 }, (_, index) => queue.submit([index])));
    expect(answers.map(({ status }) => status === 'fulfilled')).toEqual(
      Array.from({ length: 60 }, (_, index) => index % 7 !== 0),
    );
    expect(most).toBe(batchesAtOnce);
    await queue.drained();
    expect(running).toBe(0);
  });

  test('answers nobody before the batch has ended', async () => {
    const { submit, endAll } = gatedQueue();
    const answered: Told[] = [];
    const answers = ['a', 'b'].map((item) => submit(item).then((told) => answered.push(told)));
    await settled();
    expect(answered).toEqual([]);
    await endAll();
    await Promise.all(answers);
    expect(answered).toEqual([['a done'], ['b done']]);
  });

  test('takes at most 64 items into a batch', async () => {
    const { submit, held, endAll } = gatedQueue();
    const items = numbered('i', 300);
    const answers = items.map((item) => submit(item));
    await endAll();
    expect(held().map(({ length }) => length)).toEqual([1, 64, 64, 64, 64, 43]);
    expect(held().flat()).toEqual(items);
    expect((await Promise.all(answers)).flat()).toEqual(items.map((item) => `${item} done`));
  });

  test('keeps the items of a request together, and lets none overtake it', async () => {
    const { submit, held, endAll } = gatedQueue();
    const groups = [['first'], numbered('a', 50), numbered('b', 14), ['c'], numbered('d', 50), ['e']];
    const answers = groups.map((group) => submit(...group));
    await endAll();
    expect(held()).toEqual([groups[0], [...numbered('a', 50), ...numbered('b', 14)], ['c', ...numbered('d', 50), 'e']]);
    expect((await Promise.all(answers)).map(({ length }) => length)).toEqual([1, 50, 14, 1, 50, 1]);
  });

  test('runs a request that is larger than a batch may be alone', async () => {
    const { submit, held, endAll } = gatedQueue(3);
    const groups = [['first'], ['a', 'b', 'c', 'd'], ['e'], ['f']];
    const answers = groups.map((group) => submit(...group));
    await endAll();
    expect(held()).toEqual([['first'], ['a', 'b', 'c', 'd'], ['e', 'f']]);
    expect((await Promise.all(answers)).flat()).toHaveLength(7);
  });
});

describe('a queue that is bounded', () => {
  const bounds = { waitingItems: 3, waitingSeconds: 30 };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('refuses at once what has to wait beside as much as may, and all of a request of which a part would fit', async () => {
    const { submit, waiting, held, endAll } = gatedQueue(undefined, bounds);
    const running = submit('first', 'and', 'many', 'more');
    expect(waiting()).toBe(0);
    const waits = [submit('a', 'b')];
    expect(await submit('c', 'd')).toBe('ServiceBusy');
    waits.push(submit('e'));
    expect(waiting()).toBe(3);
    expect(await submit('f')).toBe('ServiceBusy');
    await endAll();
    expect(waiting()).toBe(0);
    expect(held()).toEqual([
      ['first', 'and', 'many', 'more'],
      ['a', 'b', 'e'],
    ]);
    expect(await running).toHaveLength(4);
    expect(await Promise.all(waits)).toEqual([['a done', 'b done'], ['e done']]);
    const again = submit('g');
    await endAll();
    expect(await again).toEqual(['g done']);
  });

  test('refuses what has waited for too long, and finishes what it has begun', async () => {
    const { submit, waiting, held, endAll } = gatedQueue(undefined, bounds);
    const running = submit('first');
    const early = submit('a', 'b');
    vi.advanceTimersByTime(20_000);
    const late = submit('c');
    vi.advanceTimersByTime(10_000);
    expect(await early).toBe('ServiceBusy');
    expect(waiting()).toBe(1);
    await endAll();
    expect(held()).toEqual([['first'], ['c']]);
    expect([await running, await late]).toEqual([['first done'], ['c done']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not run alone what has come too long ago when its batch fails', async () => {
    const { submit, held, endAll } = gatedQueue(undefined, bounds);
    const first = submit('first');
    const answers = ['poison', 'a'].map((item) => submit(item));
    await endAll(1);
    expect(held()).toEqual([['first'], ['poison', 'a']]);
    vi.advanceTimersByTime(30_000);
    await endAll();
    expect(held()).toEqual([['first'], ['poison', 'a']]);
    expect(await Promise.all([first, ...answers])).toEqual([['first done'], 'Poison', 'Poison']);
  });
});

describe('where a batch fails', () => {
  test('its requests run again one by one, in order, and only the poisonous one fails', async () => {
    const { submit, held, endAll } = gatedQueue();
    const groups = [['first'], ['a'], ['b', 'poison', 'c'], ['d', 'e']];
    const answers = groups.map((group) => submit(...group));
    await endAll();
    expect(held()).toEqual([['first'], ['a', 'b', 'poison', 'c', 'd', 'e'], ['a'], ['b', 'poison', 'c'], ['d', 'e']]);
    expect(await Promise.all(answers)).toEqual([['first done'], ['a done'], 'Poison', ['d done', 'e done']]);
  });

  test('what has come in the meantime waits until all of them ran', async () => {
    const { submit, held, endAll } = gatedQueue();
    const answers = ['first', 'poison', 'a'].map((item) => submit(item));
    await settled();
    answers.push(submit('early'));
    await endAll();
    expect(held().slice(-3)).toEqual([['poison'], ['a'], ['early']]);
    answers.push(submit('late'));
    await endAll();
    expect(await Promise.all(answers)).toEqual([['first done'], 'Poison', ['a done'], ['early done'], ['late done']]);
  });

  test('a request that was alone in it is not tried again', async () => {
    const { submit, held, endAll } = gatedQueue();
    const answers = [submit('poison', 'a')];
    await endAll();
    expect(held()).toEqual([['poison', 'a']]);
    expect(await Promise.all(answers)).toEqual(['Poison']);
  });

  test('of which only some may run again, those run together, and the others fail at once', async () => {
    const held: (readonly string[])[] = [];
    const queue = createQueue({
      runBatch: async (items: readonly string[]) => {
        held.push(items);
        await settled();
        if (items.includes('poison')) throw new Poison();
        return [...items];
      },
      mayRunAlone: (_, [item]) => item !== 'poison',
      batchesAtOnce: 1,
    });
    const answered: string[] = [];
    const answers = ['first', 'a', 'poison', 'b'].map(async (item) => {
      await queue.submit([item]).catch(() => undefined);
      answered.push(item);
    });
    await Promise.all(answers);
    expect(held).toEqual([['first'], ['a', 'poison', 'b'], ['a', 'b']]);
    expect(answered).toEqual(['first', 'poison', 'a', 'b']);
  });

  test('for a reason that no other try would change, all fail at once', async () => {
    const { submit, held, endAll } = gatedQueue();
    const answers = ['first', 'a', 'hopeless', 'b'].map((item) => submit(item));
    await endAll();
    expect(held()).toEqual([['first'], ['a', 'hopeless', 'b']]);
    expect(await Promise.all(answers)).toEqual([['first done'], 'Hopeless', 'Hopeless', 'Hopeless']);
  });

  test('the queue goes on', async () => {
    const { submit, endAll } = gatedQueue();
    const answers = [submit('hopeless')];
    await endAll();
    answers.push(submit('a'));
    await endAll();
    expect(await Promise.all(answers)).toEqual(['Hopeless', ['a done']]);
  });
});

describe('drained', () => {
  test('waits for nothing where nothing runs', async () => {
    await expect(gatedQueue().drained()).resolves.toBeUndefined();
  });

  test('waits for what runs, what waits, and what comes while it waits, failing or not', async () => {
    const { submit, drained, endAll } = gatedQueue();
    const answers = ['a', 'poison', 'b'].map((item) => submit(item));
    let isDrained = false;
    const drainedNow = drained().then(() => {
      isDrained = true;
    });
    await settled();
    answers.push(submit('late'));
    expect(isDrained).toBe(false);
    await endAll();
    await drainedNow;
    expect(await Promise.all(answers)).toEqual([['a done'], 'Poison', ['b done'], ['late done']]);
  });
});
