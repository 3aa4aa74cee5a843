import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AuditEventResolver } from './audit/audit.resolver.js';
import { loadDemo, type DemoClient } from './cli/demo.js';
import { CustomerResolver } from './customer/customer.resolver.js';
import { createCustomerReads } from './customer/engine/customer-reads.js';
import { createEngine, type Engine } from './customer/engine/engine.js';
import { MergeResolver } from './customer/merge/merge.resolver.js';
import { UpdateResolver } from './customer/update/update.resolver.js';
import { openDatabase, type Database, type TellReplica } from './database/database.js';
import { boundEntries } from './graphql/bound-entries.js';
import type { ResolverClass } from './graphql/schema.js';
import type { AuthenticateParts } from './http/authenticate.js';
import { createMetrics, type Metrics } from './http/metrics.js';
import { createRateLimit, type RateLimit } from './http/rate-limit.js';
import { deleteRecordsBefore } from './idempotency/idempotency.store.js';
import { createOrganizationCache } from './organization/organization-cache.js';
import type { Organization } from './organization/organization.js';
import { OrganizationResolver } from './organization/organization.resolver.js';
import type { Settings } from './settings.js';

/** The service without its HTTP: what a server or a test is composed of. */
export interface Service {
  readonly resolverInstances: ReadonlyMap<ResolverClass, object>;
  readonly findClient: AuthenticateParts['findClient'];
  readonly findIssuer: AuthenticateParts['findIssuer'];
  readonly findAccessGroups: AuthenticateParts['findAccessGroups'];
  readonly loadOrganization: (id: string) => Promise<Organization>;
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly readsAfter: Database['readsAfter'];
  readonly lastCommit: Database['lastCommit'];
  /** Null where clients may send as much as they like. */
  readonly rateLimit: RateLimit | null;
  /** A client of the demo organization, where this start has loaded it or an earlier one had. */
  readonly demo: DemoClient | null;
  isReady(): Promise<boolean>;
  /** Lets what was handed over finish, then closes the database. */
  close(): Promise<void>;
}

/** Opens the database, loads the demo organization where that is asked for and the database is empty, and starts the engine. */
export async function openService(settings: Settings, logger: Logger): Promise<Service> {
  const { replicaUrls, checkDatabase } = settings;
  const database = await openDatabase(settings.database, {
    replicaUrls,
    tellReplica: replicaTeller(logger),
    isChecked: checkDatabase,
    isServed: true,
  });
  const demo = settings.demoData ? await loadDemo(database) : null;
  const organizations = createOrganizationCache(database.reader);
  const loadOrganization = (id: string) => organizations.organization(id);
  const metrics = createMetrics(() => engine.waiting());
  const engine = createEngine(database, {
    bounds: settings.work,
    stored: (batch) => {
      metrics.batchStored(batch);
    },
  });
  const stopForgetting = forgetOldRecords(database, logger);
  return {
    resolverInstances: resolverInstances({ database, loadOrganization, engine, settings }),
    findClient: (id) => organizations.client(id),
    findIssuer: (issuer) => organizations.issuer(issuer),
    findAccessGroups: (organizationId) => organizations.accessGroups(organizationId),
    loadOrganization,
    engine,
    metrics,
    readsAfter: database.readsAfter,
    lastCommit: database.lastCommit,
    rateLimit: createRateLimit(settings.rateLimit, database.counters),
    demo,
    isReady: () => database.isReady(),
    async close() {
      await Promise.all([stopForgetting(), engine.drained()]);
      await database.close();
    },
  };
}

interface ResolverParts extends Pick<Service, 'loadOrganization' | 'engine'> {
  readonly database: Database;
  readonly settings: Settings;
}

function resolverInstances({
  database: { batchesAtOnce },
  loadOrganization,
  engine,
  settings,
}: ResolverParts): ReadonlyMap<ResolverClass, object> {
  const customerReads = createCustomerReads(batchesAtOnce, settings.work);
  const bound = boundEntries(settings.limits.cost);
  return new Map<ResolverClass, object>([
    [CustomerResolver, new CustomerResolver(customerReads, loadOrganization, bound)],
    [UpdateResolver, new UpdateResolver(engine, loadOrganization)],
    [MergeResolver, new MergeResolver(engine, loadOrganization, customerReads)],
    [OrganizationResolver, new OrganizationResolver(loadOrganization)],
    [AuditEventResolver, new AuditEventResolver(bound)],
  ]);
}

/** Nobody else would notice that a replica is not read: the primary answers for it. */
const replicaTeller =
  (logger: Logger): TellReplica =>
  (replica, absence) => {
    if (absence === null) logger.info({ replica }, 'A replica is there, and read');
    else logger.warn({ replica, absence }, 'A replica is not there: the primary answers for it');
  };

const hour = 60 * 60 * 1000;
/** One day more than the 7 that idempotency keys are kept at least. */
const recordsKept = 8 * 24 * hour;

/** In which others write: another process on a SQLite file looks every 100 milliseconds whether it may. */
const forgettingPause = 50;

/**
 * Every hour, until what it answers is called, which waits for what is under way. Piece by piece: on SQLite all updates wait
 * for a transaction, and PostgreSQL ends a statement that takes too long, after which the next one would have more to do.
 */
function forgetOldRecords(database: Database, logger: Logger): () => Promise<void> {
  let isStopped = false;
  let underWay: Promise<void> | null = null;

  async function forget(): Promise<void> {
    try {
      let isMore = true;
      while (isMore && !isStopped) {
        isMore = await database.transaction((manager) => deleteRecordsBefore(manager, Date.now() - recordsKept));
        if (isMore) await sleep(forgettingPause);
      }
    } catch (error) {
      const { code } = error as { code?: unknown };
      logger.warn({ code }, 'idempotency records that are too old stay for another hour');
    }
  }

  const forgetting = setInterval(() => {
    underWay ??= forget().finally(() => (underWay = null));
  }, hour).unref();
  return async () => {
    isStopped = true;
    clearInterval(forgetting);
    await underWay;
  };
}
