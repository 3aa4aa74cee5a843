import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';

/** A fault in how an operation was called, for which the schema has no errors as data. Its message holds no value of the input. */
export const badUserInput = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** More items in one call than are taken at once; nothing of it was done. */
export const batchTooLarge = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BATCH_TOO_LARGE', http: { status: 200 } } });

/** More in a while than is taken (HTTP 429); nothing of it was done. */
export const rateLimited = (message: string, retryAfterSeconds: number): GraphQLError =>
  new GraphQLError(message, {
    extensions: { code: 'RATE_LIMITED', http: { status: 429, headers: retryAfter(retryAfterSeconds) } },
  });

/** The header that says when it is worth trying again. */
export const retryAfter = (seconds: number): HeaderMap => new HeaderMap([['retry-after', String(seconds)]]);
