import type { EntityManager } from 'typeorm';
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { requireMerge, requireRead } from '../../graphql/access.js';
import { badUserInput } from '../../graphql/caller-error.js';
import type { RequestContext } from '../../http/request-context.js';
import { hasForbiddenCharacters } from '../../values/text.js';
import { customerError } from '../customer-error.js';
import { findMerge } from '../customer.store.js';
import { CustomerMergeType } from './merge.type.js';
import { UndoCustomerMergePayload } from './undo.payload.js';

@Resolver()
export class MergeResolver {
  constructor(private readonly reader: EntityManager) {}

  @Query(() => CustomerMergeType, { nullable: true })
  async merge(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<CustomerMergeType | null> {
    const { organizationId } = requireRead(context);
    if (id === '' || hasForbiddenCharacters(id)) throw badUserInput('id can be no merge');
    return findMerge(this.reader, organizationId, id);
  }

  @Mutation(() => UndoCustomerMergePayload)
  undoCustomerMerge(
    @Arg('mergeId', () => ID) _mergeId: string,
    @Ctx() context: RequestContext,
  ): UndoCustomerMergePayload {
    requireMerge(context);
    const error = customerError('MERGE_NOT_FOUND', ['mergeId'], 'The organization has no merge with this id');
    return { success: false, restored: null, survivor: null, changes: [], kept: [], errors: [error] };
  }
}
