import { AuditEventResolver } from '../audit/audit.resolver.js';
import { CustomerResolver } from '../customer/customer.resolver.js';
import { MergeResolver } from '../customer/merge/merge.resolver.js';
import { UpdateResolver } from '../customer/update/update.resolver.js';
import { OrganizationResolver } from '../organization/organization.resolver.js';

/** Every class that answers a field of the schema. */
export const resolverClasses = [
  CustomerResolver,
  UpdateResolver,
  MergeResolver,
  OrganizationResolver,
  AuditEventResolver,
] as const;
