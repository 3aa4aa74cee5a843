import { beforeAll, expect } from 'vitest';
import { formatHead } from '../../src/audit/audit-chain.js';
import type { KeptHead } from '../../src/customer/verify/audit-log.js';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { openDatabase } from '../../src/database/database.js';
import { readSettings } from '../../src/settings.js';
import { databaseKind } from '../support/test-database.js';
import { useWorld, type World } from '../support/world.js';
import { executeOn, runOn, withCopy } from './copies.js';
import { liveIn, type LivedIn } from './lived-in-world.js';

/** How every line about a chain of audit events looks. */
const OF_AUDIT_LOG = /^organization \d+(?:, position |.* audit log\b)/;

/** The lived-in world for the tests of one file: each breaks a copy of it. Ids are those of its organization. */
export class BrokenWorld {
  private lived: LivedIn | undefined;

  constructor(readonly world: World) {}

  async begin(): Promise<void> {
    this.lived = await liveIn(this.world);
  }

  get now(): LivedIn {
    if (this.lived === undefined) throw new Error('The world begins with the first test');
    return this.lived;
  }

  /** What verify says where the statements were done by hand, but of the audit log's chain, which tells of all of them. */
  async breachesAfter(...statements: readonly string[]): Promise<readonly string[]> {
    const breaches = (await this.allBreachesAfter(...statements)).filter((line) => !OF_AUDIT_LOG.test(line));
    expect(breaches).not.toEqual([]);
    return breaches;
  }

  /** What verify says where the statements were done by hand; fails where it says that all holds. */
  async allBreachesAfter(...statements: readonly string[]): Promise<readonly string[]> {
    const breaches = await this.verifiedAfter(statements);
    expect(breaches).not.toEqual([]);
    return breaches;
  }

  /** The same where it may well say that all holds, with heads of audit logs that were kept elsewhere. */
  async verifiedAfter(statements: readonly string[], kept: readonly KeptHead[] = []): Promise<readonly string[]> {
    const { url } = this.now;
    const inOwnWay = databaseKind() === 'sqlite' ? inCopy : inPlace;
    const breaches = await inOwnWay(url, statements, kept);
    // Whatever is wrong with a value of a person, no line repeats it.
    expect(breaches.join('\n')).not.toMatch(/@|\b4477|XII|Zwölf|York|broken/);
    return breaches;
  }

  // Where a row is.

  customer(id: number): string {
    return `organization_id = '${this.now.shop.id}' AND id = ${id}`;
  }

  of(id: number): string {
    return `organization_id = '${this.now.shop.id}' AND customer_id = ${id}`;
  }

  merge(id: string): string {
    return `organization_id = '${this.now.shop.id}' AND id = '${id}'`;
  }

  // How a line says so.

  organizationLine(reason: string): string {
    return `organization ${this.now.shop.id}: ${reason}`;
  }

  line(id: number, reason: string): string {
    return `organization ${this.now.shop.id}, customer ${id}: ${reason}`;
  }

  mergeLine(id: string, reason: string): string {
    return `organization ${this.now.shop.id}, merge ${id}: ${reason}`;
  }

  /** A line about the customer's one event that the condition names. */
  eventLine(id: number, condition: string, reason: string): Promise<string> {
    return this.rowLine('audit_event', id, condition, reason);
  }

  /** A line about the customer's one ledger entry that the condition names. */
  entryLine(id: number, condition: string, reason: string): Promise<string> {
    return this.rowLine('ledger_entry', id, condition, reason);
  }

  private async rowLine(table: string, id: number, condition: string, reason: string): Promise<string> {
    const rows = await this.world.query<{ sequence: number }>(
      `SELECT sequence FROM ${table} WHERE ${this.of(id)} AND ${condition}`,
    );
    expect(rows).toHaveLength(1);
    return `organization ${this.now.shop.id}, customer ${id}, sequence ${String(rows[0]?.sequence)}: ${reason}`;
  }
}

export function useBrokenWorld(): BrokenWorld {
  const broken = new BrokenWorld(useWorld());
  beforeAll(() => broken.begin());
  return broken;
}

/** By the command, on a copy. */
const inCopy = (url: string, statements: readonly string[], kept: readonly KeptHead[]): Promise<readonly string[]> =>
  withCopy(url, async (copy) => {
    await executeOn(copy, statements);
    const { code, breaches, summary, errors } = await runOn(
      copy,
      kept.flatMap(({ organizationId, head }) => ['--head', `${organizationId}=${formatHead(head)}`]),
    );
    expect(errors).toBe('');
    expect(code).toBe(breaches.length === 0 ? 0 : 1);
    expect(summary).toMatch(breaches.length === 0 ? /^All holds: / : new RegExp(`: ${breaches.length} breach(es)?$`));
    return breaches;
  });

/** In a transaction that is never committed: to copy a database of PostgreSQL's takes much longer. */
async function inPlace(
  url: string,
  statements: readonly string[],
  keptHeads: readonly KeptHead[],
): Promise<readonly string[]> {
  const breaches: string[] = [];
  const done = new Error('The breaches are found');
  const database = await openDatabase(readSettings({ DATABASE_URL: url }).database);
  try {
    await database.transaction(async (manager) => {
      await manager.query('SET LOCAL session_replication_role = replica');
      for (const statement of statements) await manager.query(statement);
      await verify(manager, { keptHeads, onBreach: (breach) => breaches.push(describeBreach(breach)) });
      throw done;
    });
  } catch (error) {
    if (error !== done) throw error;
  } finally {
    await database.close();
  }
  return breaches;
}
