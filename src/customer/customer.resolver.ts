import type { GraphQLResolveInfo } from 'graphql';
import type { EntityManager } from 'typeorm';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { AuditConnectionType } from '../audit/audit.type.js';
import { requireRead } from '../graphql/access.js';
import type { BoundEntries } from '../graphql/bound-entries.js';
import { badUserInput } from '../graphql/caller-error.js';
import { connection, mostAtATime, readPage, type Connection } from '../graphql/connection.js';
import type { RequestContext } from '../http/request-context.js';
import type { Organization } from '../organization/organization.js';
import { sizedBy } from '../graphql/sized-by.js';
import { LedgerConnectionType, PointsSummaryType } from '../points/points.type.js';
import type { FoundPage, LogPosition } from '../values/log-page.js';
import { hasForbiddenCharacters } from '../values/text.js';
import { identifierTypes } from '../values/identifier-type.js';
import type { Account } from './account.js';
import { identifierField } from './customer-error.js';
import type { CustomerReads } from './engine/customer-reads.js';
import { CustomerIdentifierType, CustomerType, FieldValueType } from './customer.type.js';
import { identifierRule } from './identifier-rule.js';
import { CustomerMergeType } from './merge/merge.type.js';
import { presentCustomer } from './present-customer.js';
import { readCustomerId } from './update/resolve-target.js';

/** A log's rows, each with an id that is its own in the organization. */
const withIds = <Row extends LogPosition>({ rows, hasNextPage }: FoundPage<Row>): FoundPage<Row & { id: string }> => ({
  rows: rows.map((row) => ({ ...row, id: `${row.customerId}.${row.sequence}` })),
  hasNextPage,
});

@ArgsType()
class CustomerArguments {
  @Field(() => ID, { nullable: true })
  id?: string | null;

  @Field(() => String, { nullable: true })
  mobile?: string | null;

  @Field(() => String, { nullable: true })
  email?: string | null;

  @Field(() => String, { nullable: true })
  externalId?: string | null;
}

@Resolver(() => CustomerType)
export class CustomerResolver {
  constructor(
    private readonly customerReads: (reader: EntityManager) => CustomerReads,
    private readonly loadOrganization: (id: string) => Promise<Organization>,
    private readonly boundEntries: BoundEntries,
  ) {}

  @Query(() => CustomerType, {
    nullable: true,
    description:
      "One customer of the caller's organization, by exactly one identifier. An identifier or id of a merged account finds its survivor.",
  })
  async customer(
    @Args(() => CustomerArguments) given: CustomerArguments,
    @Ctx() context: RequestContext,
  ): Promise<CustomerType | null> {
    const { organizationId } = requireRead(context);
    const organization = await this.loadOrganization(organizationId);
    const { id, mobile, email, externalId } = given;
    const texts = [id, mobile, email, externalId].filter((text) => typeof text === 'string');
    if (texts.length !== 1) throw badUserInput('Give exactly one of id, mobile, email and externalId');
    const account =
      typeof id === 'string'
        ? await this.findById(id, organizationId, context)
        : await this.findByIdentifier(given, organization, context);
    return account === null ? null : presentCustomer(account, organization);
  }

  private async findById(text: string, organizationId: string, { reads }: RequestContext): Promise<Account | null> {
    if (text === '' || hasForbiddenCharacters(text)) throw badUserInput('id is empty, or holds control characters');
    const id = readCustomerId(text);
    return id === null ? null : reads.read((reader) => this.customerReads(reader).byId(organizationId, id));
  }

  private async findByIdentifier(
    given: CustomerArguments,
    organization: Organization,
    { reads }: RequestContext,
  ): Promise<Account | null> {
    for (const type of identifierTypes) {
      const text = given[identifierField[type]];
      if (typeof text !== 'string') continue;
      const account = await reads.read((reader) => this.customerReads(reader).byIdentifier(organization, type, text));
      if (account === 'invalid') throw badUserInput(identifierRule(type, organization));
      return account;
    }
    return null;
  }

  @FieldResolver()
  aliases(
    @Root() { aliases }: CustomerType,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): readonly CustomerIdentifierType[] {
    this.boundEntries(aliases.length, context, info);
    return aliases;
  }

  @FieldResolver()
  pointsSummaries(
    @Root() { pointsSummaries }: CustomerType,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): PointsSummaryType[] {
    this.boundEntries(pointsSummaries.length, context, info);
    return pointsSummaries;
  }

  @FieldResolver()
  customFields(
    @Root() { customFields }: CustomerType,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): FieldValueType[] {
    this.boundEntries(customFields.length, context, info);
    return customFields;
  }

  @FieldResolver()
  extendedFields(
    @Root() { extendedFields }: CustomerType,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): FieldValueType[] {
    this.boundEntries(extendedFields.length, context, info);
    return extendedFields;
  }

  @FieldResolver(() => [CustomerMergeType], {
    description: 'Accounts merged into this customer, newest first, undone ones left out.',
  })
  async merges(
    @Root() { stored, previewedMerges }: CustomerType,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CustomerMergeType[]> {
    const { organizationId, id, mergedIds, lastSequence } = stored;
    // Each has brought one of these at least; how many there are is not known before they are read.
    this.boundEntries(mergedIds.length, context, info);
    const sought = { organizationId, survivorId: id, lastSequence, atMost: mergedIds.length };
    const standing = await context.reads.read((reader) => this.customerReads(reader).standingMerges(sought));
    return [...previewedMerges.toReversed(), ...standing];
  }

  @Extensions(sizedBy('first', mostAtATime))
  @FieldResolver(() => AuditConnectionType, { description: 'What changed, newest first; at most 500 at a time.' })
  async auditLog(
    @Root() { stored: { organizationId, id, mergedIds, lastSequence } }: CustomerType,
    @Ctx() { reads }: RequestContext,
    @Arg('first', () => Int, { defaultValue: 50 }) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string | null,
  ): Promise<AuditConnectionType> {
    const page = readPage(first, after);
    const sought = { organizationId, customerIds: [id, ...mergedIds], lastSequence, page };
    const events = await reads.read((reader) => this.customerReads(reader).auditEvents(sought));
    return connection(withIds(events));
  }

  @Extensions(sizedBy('first', mostAtATime))
  @FieldResolver(() => LedgerConnectionType, {
    description: 'Why each figure is what it is, newest first; at most 500 at a time.',
  })
  async ledger(
    @Root() { stored: { organizationId, id, lastSequence } }: CustomerType,
    @Ctx() { reads }: RequestContext,
    @Arg('first', () => Int, { defaultValue: 50 }) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string | null,
  ): Promise<Connection<LedgerConnectionType['edges'][number]['node']>> {
    const page = readPage(first, after);
    const sought = { organizationId, customerIds: [id], lastSequence, page };
    const entries = await reads.read((reader) => this.customerReads(reader).ledgerEntries(sought));
    return connection(withIds(entries));
  }
}
