import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../http/request-context.js';
import { rootFields } from './root-fields.js';

/** Notes in the request's record what is asked for, and the codes of the errors that are answered. */
export function recordPlugin(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ document, operation, contextValue: { record } }) {
          if (operation !== undefined) record.operations = rootFields(document, operation);
          return Promise.resolve();
        },
        willSendResponse({ response: { body }, contextValue: { record } }) {
          const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
          for (const { extensions } of errors) record.failures.push(String(extensions?.['code']));
          return Promise.resolve();
        },
      }),
  };
}
