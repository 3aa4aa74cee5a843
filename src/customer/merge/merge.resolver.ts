import type { EntityManager } from 'typeorm';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { requireMerge, requireRead } from '../../graphql/access.js';
import { badUserInput } from '../../graphql/caller-error.js';
import { changeOrigin } from '../../http/change-origin.js';
import type { RequestContext } from '../../http/request-context.js';
import { noteUndo } from '../../http/request-record.js';
import type { Organization } from '../../organization/organization.js';
import { hasForbiddenCharacters } from '../../values/text.js';
import type { CustomerReads } from '../engine/customer-reads.js';
import type { Engine } from '../engine/engine.js';
import { CustomerMergeType } from './merge.type.js';
import { undoPayload, UndoCustomerMergePayload } from './undo.payload.js';

@Resolver(() => CustomerMergeType)
export class MergeResolver {
  constructor(
    private readonly engine: Engine,
    private readonly loadOrganization: (id: string) => Promise<Organization>,
    private readonly customerReads: (reader: EntityManager) => CustomerReads,
  ) {}

  @Query(() => CustomerMergeType, { nullable: true })
  async merge(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<CustomerMergeType | null> {
    const { organizationId } = requireRead(context);
    if (id === '' || hasForbiddenCharacters(id)) throw badUserInput('id can be no merge');
    return context.reads.read((reader) => this.customerReads(reader).merge({ organizationId, mergeId: id }));
  }

  @Mutation(() => UndoCustomerMergePayload)
  async undoCustomerMerge(
    @Arg('mergeId', () => ID) mergeId: string,
    @Ctx() context: RequestContext,
  ): Promise<UndoCustomerMergePayload> {
    const caller = requireMerge(context);
    context.reads.pinToPrimary();
    const organization = await this.loadOrganization(caller.organizationId);
    const item = { organization, origin: changeOrigin(context, caller), mergeId };
    const payload = undoPayload(await this.engine.undoMerge(item), organization);
    noteUndo(context.record, payload);
    return payload;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "position:hash, the head of the organization's audit log right after this merge: kept elsewhere, it shows later that nothing before it was changed. Null in a preview.",
  })
  async auditHead(@Root() { id }: CustomerMergeType, @Ctx() context: RequestContext): Promise<string | null> {
    const { organizationId } = requireRead(context);
    return context.reads.read((reader) => this.customerReads(reader).mergeHead({ organizationId, mergeId: id }));
  }
}
