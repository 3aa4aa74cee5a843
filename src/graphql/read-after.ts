import type { ApolloServerPlugin } from '@apollo/server';
import { OperationTypeNode } from 'graphql';
import { READ_AFTER_HEADER, READ_FROM_PRIMARY, type RequestContext } from '../http/request-context.js';

/**
 * Tells with each mutation's answer what a query has to be after to see it ("X-CAP-READ-AFTER"): by `lastCommit`, or where
 * something failed, and may be stored nevertheless, that nothing but the primary will do.
 */
export function readAfterPlugin(lastCommit: () => string): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ operation, response: { http }, errors }) {
          if (operation?.operation === OperationTypeNode.MUTATION) {
            http.headers.set(READ_AFTER_HEADER.toLowerCase(), errors === undefined ? lastCommit() : READ_FROM_PRIMARY);
          }
          return Promise.resolve();
        },
      }),
  };
}
