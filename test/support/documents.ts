import { getNamedType, type GraphQLOutputType, isObjectType } from 'graphql';
import { createSchema } from '../../src/graphql/schema.js';
import { resolverClasses } from '../../src/graphql/resolvers.js';

const schema = createSchema(resolverClasses, new Map());

/** Pages as large as they may be: a test that counts entries sees all of them. */
const pages = new Set(['auditLog', 'ledger']);

/** Every field of the type, and of the types inside of it. The schema has no cycles, so this ends. */
function everyField(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return '';
  const fields = Object.values(named.getFields()).map(
    ({ name, type: inner }) => `${name}${pages.has(name) ? '(first: 500)' : ''}${everyField(inner)}`,
  );
  return ` { ${fields.join(' ')} }`;
}

function selection(root: 'Query' | 'Mutation', field: string): string {
  const type = schema.getType(root);
  const found = isObjectType(type) ? type.getFields()[field] : undefined;
  if (found === undefined) throw new Error(`The schema has no ${root}.${field}`);
  return everyField(found.type);
}

/** Documents that ask for everything that can be answered, so that no answer is wrong unseen. */
export const documents = {
  updateCustomer: `mutation ($input: UpdateCustomerInput!) {
    updateCustomer(input: $input)${selection('Mutation', 'updateCustomer')} }`,
  updateCustomers: `mutation ($inputs: [UpdateCustomerInput!]!) {
    updateCustomers(inputs: $inputs)${selection('Mutation', 'updateCustomers')} }`,
  previewCustomerUpdate: `query ($input: UpdateCustomerInput!) {
    previewCustomerUpdate(input: $input)${selection('Query', 'previewCustomerUpdate')} }`,
  undoCustomerMerge: `mutation ($mergeId: ID!) {
    undoCustomerMerge(mergeId: $mergeId)${selection('Mutation', 'undoCustomerMerge')} }`,
  customer: `query ($id: ID, $mobile: String, $email: String, $externalId: String) {
    customer(id: $id, mobile: $mobile, email: $email, externalId: $externalId)${selection('Query', 'customer')} }`,
  merge: `query ($id: ID!) { merge(id: $id)${selection('Query', 'merge')} }`,
} as const;
