import 'reflect-metadata';
import { once } from 'node:events';
import { pino } from 'pino';
import { AuditEventResolver } from '../../../dist/audit/audit.resolver.js';
import { CustomerResolver } from '../../../dist/customer/customer.resolver.js';
import { createCustomerReads } from '../../../dist/customer/engine/customer-reads.js';
import { createEngine } from '../../../dist/customer/engine/engine.js';
import { MergeResolver } from '../../../dist/customer/merge/merge.resolver.js';
import { UpdateResolver } from '../../../dist/customer/update/update.resolver.js';
import { openDatabase } from '../../../dist/database/database.js';
import { boundEntries } from '../../../dist/graphql/bound-entries.js';
import { OrganizationResolver } from '../../../dist/organization/organization.resolver.js';
import { findClient, findOrganization } from '../../../dist/organization/organization.store.js';
import { createMetrics } from '../../../dist/http/metrics.js';
import { createServer } from '../../../dist/server.js';
import { readSettings } from '../../../dist/settings.js';
import { CLIENT, mobile, ORGANIZATION_ID } from '../world/shop.mjs';
import { createUpdates } from '../world/updates.mjs';
import { updateOne } from './one-commit-each.mjs';
import { openRepositories } from './repositories.mjs';

// The service's own server, schema, authentication and payloads. What its resolvers answer is what the real ones say of
// one customer at the start; after that there is no database. With `repositories` as its argument it stores each update all
// the same, by TypeORM's repositories, one after the other: the service as everybody writes it first.

const settings = readSettings(process.env);
const database = await openDatabase(settings.database);
const organization = await findOrganization(database.reader, ORGANIZATION_ID);
const client = await findClient(database.reader, CLIENT.id);
const loadOrganization = () => Promise.resolve(organization);

const server = await createServer({
  settings,
  logger: pino({ level: settings.logLevel }, pino.destination({ sync: false })),
  metrics: createMetrics(() => 0),
  demo: null,
  findClient: () => Promise.resolve(client),
  findIssuer: () => Promise.resolve(null),
  findAccessGroups: () => Promise.resolve(new Map()),
  readsAfter: () => database.readsAfter(null),
  lastCommit: null,
  rateLimit: null,
  isReady: () => Promise.resolve(true),
  resolverInstances: new Map([
    [CustomerResolver, await constantCustomers()],
    [UpdateResolver, new UpdateResolver(await constantEngine(), loadOrganization)],
    [MergeResolver, new MergeResolver(null, loadOrganization, () => ({ mergeHead: () => Promise.resolve(null) }))],
    [OrganizationResolver, new OrganizationResolver(loadOrganization)],
    [AuditEventResolver, new AuditEventResolver(boundEntries(settings.limits.cost))],
  ]),
});
await database.close();
console.log(`The API is at ${await server.listen()}/graphql`);
await once(process, 'SIGTERM');
await server.close();

async function constantCustomers() {
  const resolver = new CustomerResolver(createCustomerReads(1), loadOrganization, boundEntries(settings.limits.cost));
  const context = { caller: client, reads: database.readsAfter(null) };
  const customer = await resolver.customer({ mobile: mobile(0) }, context);
  const merges = await resolver.merges(customer, context);
  const auditLog = await resolver.auditLog(customer, context, 10);
  const ledger = await resolver.ledger(customer, context, 10);
  return Object.assign(resolver, {
    customer: () => Promise.resolve(customer),
    merges: () => Promise.resolve(merges),
    auditLog: () => Promise.resolve(auditLog),
    ledger: () => Promise.resolve(ledger),
  });
}

async function constantEngine() {
  const input = createUpdates({ customers: 1, pairs: 0 }).next();
  const origin = { requestId: 'constant', client: client.id, tillCode: client.till, userContext: null };
  const outcome = await createEngine(database).preview({ organization, caller: client, origin, input });
  if (process.argv[2] !== 'repositories') return { update: (items) => Promise.resolve(items.map(() => outcome)) };
  const repositories = await openRepositories(process.env.DATABASE_URL.replace(/^sqlite:/, ''));
  let last = Promise.resolve();
  return {
    update([{ input: asked }]) {
      last = last.then(() => updateOne(repositories, asked));
      return last.then(() => [outcome]);
    },
  };
}
