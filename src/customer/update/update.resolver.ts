import { Arg, Ctx, Extensions, Mutation, Query, Resolver } from 'type-graphql';
import { requireRead, requireWrite } from '../../graphql/access.js';
import { sizedBy } from '../../graphql/sized-by.js';
import { changeOrigin } from '../../http/change-origin.js';
import type { RequestContext } from '../../http/request-context.js';
import { noteErrors, noteUpdates } from '../../http/request-record.js';
import type { Caller } from '../../organization/caller.js';
import type { Organization } from '../../organization/organization.js';
import type { Engine } from '../engine/engine.js';
import type { UpdateItem } from '../engine/plan-item.js';
import { mostItems, UpdateCustomerInput } from './update.input.js';
import { updatePayload, UpdateCustomerPayload, UpdateCustomersPayload } from './update.payload.js';

@Resolver()
export class UpdateResolver {
  constructor(
    private readonly engine: Engine,
    private readonly loadOrganization: (id: string) => Promise<Organization>,
  ) {}

  @Mutation(() => UpdateCustomerPayload)
  async updateCustomer(
    @Arg('input', () => UpdateCustomerInput) input: UpdateCustomerInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateCustomerPayload> {
    const [payload] = await this.update(requireWrite(context), [input], context);
    if (payload === undefined) throw new Error('The engine answered nothing for an item');
    return payload;
  }

  // More of them are refused before they are read.
  @Extensions(sizedBy('inputs', mostItems))
  @Mutation(() => UpdateCustomersPayload, {
    description:
      'Each item as if in its own transaction, in the order given: one that fails leaves the others in place.',
  })
  async updateCustomers(
    @Arg('inputs', () => [UpdateCustomerInput]) inputs: UpdateCustomerInput[],
    @Ctx() context: RequestContext,
  ): Promise<UpdateCustomersPayload> {
    const caller = requireWrite(context);
    const results = inputs.length === 0 ? [] : await this.update(caller, inputs, context);
    return { total: results.length, successCount: results.filter(({ success }) => success).length, results };
  }

  @Query(() => UpdateCustomerPayload, {
    description: 'What updateCustomer would answer for the same input, with nothing stored.',
  })
  async previewCustomerUpdate(
    @Arg('input', () => UpdateCustomerInput) input: UpdateCustomerInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateCustomerPayload> {
    const caller = requireRead(context);
    // It shows what an update now would do; what its customer has is read where that was decided.
    context.reads.pinToPrimary();
    const organization = await this.loadOrganization(caller.organizationId);
    const outcome = await this.engine.preview({ organization, caller, origin: changeOrigin(context, caller), input });
    const payload = updatePayload(outcome, organization);
    noteErrors(context.record, payload);
    return payload;
  }

  private async update(
    caller: Caller,
    inputs: readonly UpdateCustomerInput[],
    context: RequestContext,
  ): Promise<UpdateCustomerPayload[]> {
    context.reads.pinToPrimary();
    const organization = await this.loadOrganization(caller.organizationId);
    const origin = changeOrigin(context, caller);
    const items = inputs.map((input): UpdateItem => ({ organization, caller, origin, input }));
    const outcomes = await this.engine.update(items, (batch) => {
      context.record.batch = batch;
    });
    const payloads = outcomes.map((outcome) => updatePayload(outcome, organization));
    noteUpdates(context.record, payloads);
    return payloads;
  }
}
