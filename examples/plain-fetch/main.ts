import { readConnection } from '../connection.js';
import { walkThrough } from '../walk-through.js';
import { fetchCustomerApi } from './customer-api.js';
import { GraphqlErrors } from './request.js';

const api = fetchCustomerApi(readConnection(process.env));
const mobile = '+44 7700 900113';

await walkThrough(api, { mobile, email: 'ben.sample@example.org' });

// What is wrong with a request, in place of with a customer's data, is thrown.
try {
  await api.find({ mobile, id: '1' });
} catch (error) {
  if (!(error instanceof GraphqlErrors)) throw error;
  console.log(`${error.codes.join(', ')}: ${error.message}`);
}
