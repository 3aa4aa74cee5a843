import type {
  CustomerCardFragment,
  FindCustomerQuery,
  FindCustomerQueryVariables,
  PreviewUpdateQuery,
  UndoMergeMutation,
  UpdateCustomerInput,
  UpdateCustomerMutation,
} from './plain-fetch/generated/graphql.js';

/** What both clients offer. The generated types of the one are those of the other. */
export interface CustomerApi {
  find(by: FindCustomerQueryVariables): Promise<FindCustomerQuery['customer']>;
  preview(input: UpdateCustomerInput): Promise<PreviewUpdateQuery['previewCustomerUpdate']>;
  update(input: UpdateCustomerInput): Promise<UpdateCustomerMutation['updateCustomer']>;
  undo(mergeId: string): Promise<UndoMergeMutation['undoCustomerMerge']>;
}

interface People {
  /** A member. */
  readonly mobile: string;
  /** Another account, until both are given together. */
  readonly email: string;
}

/**
 * Finds two accounts, looks at their merge, does exactly that, and takes it back: what there was is there again, so it
 * can be run any number of times.
 */
export async function walkThrough(api: CustomerApi, { mobile, email }: People): Promise<void> {
  const member = await found(api, { mobile });
  // An earlier walk may have been interrupted.
  for (const { id } of member.merges) await undo(api, id);
  say('The member', await found(api, { mobile }));
  say('The contact', await found(api, { email }));

  await beRefused(api, mobile);

  const input: UpdateCustomerInput = { mobile, email };
  const preview = await api.preview(input);
  for (const { victimId, survivorId } of preview.merges) console.log(`Preview: ${victimId} goes into ${survivorId}`);
  for (const { field, previous, current, rule } of preview.changes) {
    console.log(`  ${field}: ${previous ?? '-'} -> ${current ?? '-'} (${rule})`);
  }

  const updated = await api.update({ ...input, expectedPlanHash: preview.planHash });
  // It may be that somebody has changed one of them since the preview: then nothing has happened, and one looks again.
  if (updated.customer === null) throw new Error(describeErrors(updated.errors));
  say('Merged', updated.customer);

  for (const { id } of updated.merges) await undo(api, id);
}

async function found(
  api: CustomerApi,
  by: FindCustomerQueryVariables,
): Promise<NonNullable<FindCustomerQuery['customer']>> {
  const customer = await api.find(by);
  if (customer === null) throw new Error(`Nobody has ${JSON.stringify(by)}: is this the demo organization?`);
  return customer;
}

/** What is wrong with the data comes as data, all of it at once, each fault with its place in the input. */
async function beRefused(api: CustomerApi, mobile: string): Promise<void> {
  const { success, errors } = await api.update({
    mobile,
    registeredTill: 'till.nowhere',
    customFields: [{ name: 'age', value: 'old' }],
  });
  if (success) throw new Error('This should have been refused');
  console.log(`Refused, and nothing is stored: ${describeErrors(errors)}`);
}

async function undo(api: CustomerApi, mergeId: string): Promise<void> {
  const { restored, survivor, errors } = await api.undo(mergeId);
  if (restored === null || survivor === null) throw new Error(describeErrors(errors));
  say('Undone, the contact', restored);
  say('Undone, the member', survivor);
}

const describeErrors = (errors: UpdateCustomerMutation['updateCustomer']['errors']): string =>
  errors.map(({ code, field, message }) => `${code} at ${field.join('.')} (${message})`).join(', ');

function say(what: string, { userId, version, firstname, mobile, email, loyaltyPoints }: CustomerCardFragment): void {
  const identifiers = [mobile, email].filter((identifier) => identifier !== null).join(', ');
  console.log(`${what}: ${userId} ${firstname ?? '-'}, version ${version}, ${identifiers}, ${loyaltyPoints} points`);
}
