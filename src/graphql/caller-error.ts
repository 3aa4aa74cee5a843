import { GraphQLError } from 'graphql';

/** A fault in how an operation was called, for which the schema has no errors as data. Its message holds no value of the input. */
export const badUserInput = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** More items in one call than are taken at once; nothing of it was done. */
export const batchTooLarge = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BATCH_TOO_LARGE' } });
