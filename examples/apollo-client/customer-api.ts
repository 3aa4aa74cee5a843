import { randomUUID } from 'node:crypto';
import type { ApolloClient } from '@apollo/client';
import type { CustomerApi } from '../walk-through.js';
import {
  FindCustomerDocument,
  PreviewUpdateDocument,
  UndoMergeDocument,
  UpdateCustomerDocument,
} from './generated/graphql.js';

/**
 * The API by Apollo Client. What updates and undos answer is in its cache, where whatever shows these customers finds it;
 * what is asked for here is asked of the service, since other tills change customers too.
 */
export const apolloCustomerApi = (client: ApolloClient): CustomerApi => ({
  async find(by) {
    const { data } = await client.query({ query: FindCustomerDocument, variables: by, fetchPolicy: 'network-only' });
    return given(data).customer;
  },
  async preview(input) {
    // A preview's customer is none that is stored: nothing of it may be cached.
    const { data } = await client.query({
      query: PreviewUpdateDocument,
      variables: { input },
      fetchPolicy: 'no-cache',
    });
    return given(data).previewCustomerUpdate;
  },
  async update(input) {
    // One key for one update, however often it is sent.
    const variables = { input: { idempotencyKey: randomUUID(), ...input } };
    const { data } = await client.mutate({ mutation: UpdateCustomerDocument, variables });
    return given(data).updateCustomer;
  },
  async undo(mergeId) {
    const { data } = await client.mutate({ mutation: UndoMergeDocument, variables: { mergeId } });
    return given(data).undoCustomerMerge;
  },
});

/** With the error policy "none", the default, whatever has no data has thrown. */
function given<Data>(data: Data | null | undefined): Data {
  if (data == null) throw new Error('The answer has no data');
  return data;
}
