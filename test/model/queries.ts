/** What the service is asked, with every field that the model knows. */

const changes = '{ field previous current rule }';
const merge = `{ id survivorId victimId matchedOn { type value } changes ${changes}
  balances { programId figure survivorBefore victimBefore after } mergedAt undoneAt }`;
const fault = '{ code message field legacyCode }';
const customer = `
  userId version firstname lastname mobile email externalId aliases { type value } type fraudStatus registeredOn
  registeredTill associatedWith updatedOn lifetimePoints loyaltyPoints lifetimePurchases currentSlab tierExpiryDate
  pointsSummaries { programId redeemed expired returned adjusted lifetimePoints loyaltyPoints cumulativePurchases
    currentSlab slabSNo slabExpiryDate nextSlab nextSlabSerialNumber nextSlabDescription }
  customFields { name value } extendedFields { name value } subscriptions { channel priority status }
  merges ${merge}`;
const payload = `{ success total successCount customer { ${customer} } merges ${merge} changes ${changes}
  sideEffects { type rule programId awardedPoints totalPoints } warnings ${fault} errors ${fault} planHash replayed }`;

export const UPDATE = `mutation ($input: UpdateCustomerInput!) { answer: updateCustomer(input: $input) ${payload} }`;
export const PREVIEW = `query ($input: UpdateCustomerInput!) { answer: previewCustomerUpdate(input: $input) ${payload} }`;
export const BATCH = `mutation ($inputs: [UpdateCustomerInput!]!) {
  answer: updateCustomers(inputs: $inputs) { total successCount results ${payload} } }`;
export const UNDO = `mutation ($mergeId: ID!) { answer: undoCustomerMerge(mergeId: $mergeId) { success
  restored { ${customer} } survivor { ${customer} } changes ${changes} kept ${changes} errors ${fault} } }`;

const log = `auditLog(first: 500) { edges { node { customerId at action version requestId client tillCode changes ${changes}
    mergeId } } }
  ledger(first: 500) { edges { node { at kind programId lifetimePoints redeemed expired returned adjusted
    cumulativePurchases rule mergeId } } }`;

const aliased = (texts: readonly string[], field: (text: string) => string): string =>
  `{ ${texts.map((text, index) => `a${index}: ${field(JSON.stringify(text))}`).join('\n')} }`;

/** Each with an alias of its own, a0, a1 … in the order given. */
export const customersQuery = (ids: readonly string[]): string =>
  aliased(ids, (id) => `customer(id: ${id}) { ${customer} }`);
export const logsQuery = (ids: readonly string[]): string => aliased(ids, (id) => `customer(id: ${id}) { ${log} }`);
export const mergesQuery = (ids: readonly string[]): string => aliased(ids, (id) => `merge(id: ${id}) ${merge}`);
export const lookupQuery = (by: 'mobile' | 'email' | 'externalId', values: readonly string[]): string =>
  aliased(values, (value) => `customer(${by}: ${value}) { userId }`);
