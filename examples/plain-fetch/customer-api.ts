import { randomUUID } from 'node:crypto';
import type { Connection } from '../connection.js';
import type { CustomerApi } from '../walk-through.js';
import {
  FindCustomerDocument,
  PreviewUpdateDocument,
  UndoMergeDocument,
  UpdateCustomerDocument,
} from './generated/graphql.js';
import { request } from './request.js';

/** The API by nothing but `fetch`. */
export const fetchCustomerApi = (connection: Connection): CustomerApi => ({
  find: async (by) => (await request(connection, FindCustomerDocument, by)).customer,
  preview: async (input) => (await request(connection, PreviewUpdateDocument, { input })).previewCustomerUpdate,
  async update(input) {
    // One key for one update, however often it is sent.
    const keyed = { idempotencyKey: randomUUID(), ...input };
    return (await request(connection, UpdateCustomerDocument, { input: keyed })).updateCustomer;
  },
  undo: async (mergeId) => (await request(connection, UndoMergeDocument, { mergeId })).undoCustomerMerge,
});
