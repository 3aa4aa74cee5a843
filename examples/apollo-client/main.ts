import { CombinedGraphQLErrors } from '@apollo/client';
import { readConnection } from '../connection.js';
import { walkThrough } from '../walk-through.js';
import { createClient } from './client.js';
import { apolloCustomerApi } from './customer-api.js';
import { FindCustomerDocument } from './generated/graphql.js';

const client = createClient(readConnection(process.env));
const mobile = '+44 7700 900114';

await walkThrough(apolloCustomerApi(client), { mobile, email: 'cleo.muster@example.com' });

// What was last answered about a customer, wherever that was, is what the cache knows of it.
const cached = client.readQuery({ query: FindCustomerDocument, variables: { mobile } })?.customer ?? null;
console.log(`In the cache: ${cached?.userId ?? '-'}, version ${cached?.version ?? '-'}`);

// What is wrong with a request, in place of with a customer's data, is thrown.
try {
  await client.query({ query: FindCustomerDocument, variables: { mobile, id: '1' } });
} catch (error) {
  if (!CombinedGraphQLErrors.is(error)) throw error;
  for (const { message, extensions } of error.errors) console.log(`${String(extensions?.['code'])}: ${message}`);
}
