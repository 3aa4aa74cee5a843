import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.js';
import { withNewConnection } from '../../database/with-new-connection.js';
import type { Instant } from '../../values/instant.js';
import { identifierTypes } from '../../values/identifier-type.js';
import { identifierField } from '../customer-error.js';
import { identifierCandidates } from '../identifier-candidates.js';
import { readCustomerId } from '../update/resolve-target.js';
import { idempotencyKeyFault } from '../update/validate-input.js';
import { planUndo } from '../merge/plan-undo.js';
import type { Refusal, UndoPlan } from '../plan.js';
import { loadAccounts, type Sought } from './load-accounts.js';
import { loadUndo, type UndoItem } from './load-undo.js';
import { lockAndLoad } from './lock-accounts.js';
import { applyPlan, planItem, type Done, type Outcome, type UpdateItem } from './plan-item.js';
import { createQueue, type Queue, type QueueBounds, type QueuePace } from './queue.js';
import { failureOf, mayRunAlone, resolveUnknown } from './run-again.js';
import { WorkingCopy } from './working-copy.js';
import { hasToPrepareWrites, prepareWrites, writeBatch } from './write-accounts.js';

export interface Engine {
  /**
   * Runs the items of one request in their order, each seeing what those before it did, and answers after the commit.
   * A refused item leaves the others in place. Throws where the batch could not be stored: then nothing of it is.
   * `begins` is told of the batch when it begins.
   */
  update(items: readonly UpdateItem[], begins?: (batch: BegunBatch) => void): Promise<Outcome[]>;
  /** What `update` would answer for the same item, by the same planner, with nothing stored. */
  preview(item: UpdateItem): Promise<Outcome>;
  /** Takes a merge back, in a transaction of its own. */
  undoMerge(item: UndoItem): Promise<UndoPlan | Refusal>;
  /** How many items wait to be begun. */
  waiting(): number;
  /** Resolves when all that was handed over is answered. */
  drained(): Promise<void>;
}

/** The batch that an update is in: its items, and how long the update had waited for it, in milliseconds. */
export interface BegunBatch {
  readonly items: number;
  readonly waitedMs: number;
}

/** A batch that was stored: its items, and how long its parts took, in milliseconds. */
export interface StoredBatch {
  readonly items: number;
  readonly loadMs: number;
  readonly planMs: number;
  readonly storeMs: number;
}

/** How much the engine takes on: what is more is refused with ServiceBusy. */
export interface EngineBounds extends QueueBounds {
  /** The most entries that a list of one input may have. */
  readonly listItems: number;
}

export interface EngineTerms {
  readonly clock?: (() => Instant) | undefined;
  readonly bounds?: EngineBounds | undefined;
  /** Is told of each batch. */
  readonly stored?: ((batch: StoredBatch) => void) | undefined;
}

/** Updates run in batches: queue, load as a set, plan in memory, write as a set, one commit, answers. */
export function createEngine(
  database: Database,
  { clock = Date.now, bounds, stored = () => undefined }: EngineTerms = {},
): Engine {
  const pace = { batchesAtOnce: database.batchesAtOnce, bounds };
  const listItems = bounds?.listItems ?? Infinity;
  const prepared = once(async () => {
    if (hasToPrepareWrites(database.reader)) await database.transaction(prepareWrites);
  });

  async function runBatch(items: readonly UpdateItem[]): Promise<Outcome[]> {
    await prepared();
    // Of its last run, where others made it run again.
    const times = { began: 0, loaded: 0, planned: 0 };
    const outcomes = await database.batch(async (manager) => {
      times.began = performance.now();
      const copy = new WorkingCopy(await lockAndLoad(manager, seek(items)));
      times.loaded = performance.now();
      const now = clock();
      const decided = items.map((item): Outcome => {
        const plan = planItem(item, copy, { now, listItems, newMergeId: () => randomUUID() });
        return plan.kind === 'planned' ? applyPlan(plan, item, copy, now) : plan;
      });
      times.planned = performance.now();
      await writeBatch(manager, copy.changes());
      return decided;
    });
    const { began, loaded, planned } = times;
    const storeMs = performance.now() - planned;
    stored({ items: items.length, loadMs: loaded - began, planMs: planned - loaded, storeMs });
    return outcomes;
  }

  async function preview(item: UpdateItem): Promise<Outcome> {
    const copy = new WorkingCopy(await withNewConnection(() => loadAccounts(database.reader, seek([item]))));
    const newMergeId = (victimId: number) => `preview:${victimId}`;
    const plan = planItem(item, copy, { now: clock(), listItems, newMergeId });
    return plan.kind === 'planned'
      ? ({ ...plan, kind: 'done', replayed: false, previewed: plan.merges } satisfies Done)
      : plan;
  }

  async function undoMerge(item: UndoItem): Promise<UndoPlan | Refusal> {
    await prepared();
    return database.transaction(async (manager) => {
      const { copy, state } = await loadUndo(manager, item);
      const now = clock();
      const plan = planUndo(state, item.organization, now);
      if (plan.kind === 'refused') return plan;
      const undone = copy.applyUndo(plan, item.organization.id, item.origin, now);
      await writeBatch(manager, copy.changes());
      return undone;
    });
  }

  const updates = createQueue({
    runBatch: (items) => runBatch(items).catch((error: unknown) => resolveUnknown(error, items, runBatch)),
    mayRunAlone,
    failureOf,
    ...pace,
  });
  const previews = oneByOne(preview, pace);
  const undos = oneByOne(undoMerge, pace);
  return {
    update(items, begins) {
      const submitted = performance.now();
      return updates.submit(items, (batchItems) => {
        begins?.({ items: batchItems, waitedMs: performance.now() - submitted });
      });
    },
    preview: previews.submit,
    undoMerge: undos.submit,
    waiting: () => updates.waiting() + previews.waiting() + undos.waiting(),
    async drained() {
      await Promise.all([updates, previews, undos].map((queue) => queue.drained()));
    },
  };
}

/** A queue of what shares nothing with others, and is bounded all the same. */
function oneByOne<Item, Outcome>(
  run: (item: Item) => Promise<Outcome>,
  pace: QueuePace,
): Omit<Queue<Item, Outcome>, 'submit'> & { readonly submit: (item: Item) => Promise<Outcome> } {
  const queue = createQueue<Item, Outcome>({
    runBatch: (items) => Promise.all(items.map(run)),
    mayRunAlone: () => false,
    maxItems: 1,
    ...pace,
  });
  return { ...queue, submit: async (item) => (await queue.submit([item]))[0] as Outcome };
}

/** Does the work for the first who asks, and anew for the next where it failed. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () =>
    (done ??= work().catch((error: unknown) => {
      done = null;
      throw error;
    }));
}

/** All that the items may touch; what can't be read is left to the planner to refuse. */
function seek(items: readonly UpdateItem[]): Sought {
  return {
    ids: items.flatMap(({ organization, input }) => {
      const id = typeof input.id === 'string' ? readCustomerId(input.id) : null;
      return id === null ? [] : [[organization.id, id] as const];
    }),
    identifiers: items.flatMap(({ organization, input }) =>
      identifierTypes.flatMap((type) =>
        identifierCandidates(type, input[identifierField[type]] ?? null, organization).map(
          (value) => [organization.id, type, value] as const,
        ),
      ),
    ),
    records: items.flatMap(({ organization, origin, input: { idempotencyKey } }) =>
      typeof idempotencyKey === 'string' && idempotencyKeyFault(idempotencyKey) === null
        ? [[organization.id, origin.client, idempotencyKey] as const]
        : [],
    ),
  };
}
