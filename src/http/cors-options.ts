import type { FastifyCorsOptions } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import type { Settings } from '../settings.js';
import { READ_AFTER_HEADER, REQUEST_ID_HEADER, USER_CONTEXT_HEADERS } from './request-context.js';

/** Which pages of other sites may call, and what they may send and read. */
export function corsOptions({ corsOrigins }: Settings): FastifyCorsOptions {
  return {
    origin: [...corsOrigins],
    methods: ['GET', 'POST'],
    allowedHeaders: [
      'Content-Type',
      'Authorization',
      REQUEST_ID_HEADER,
      READ_AFTER_HEADER,
      ...Object.values(USER_CONTEXT_HEADERS),
      'Apollo-Require-Preflight',
      'X-Apollo-Operation-Name',
      // Apollo Client says with these which page sends, where the page gives it a name. A browser stops what is not named.
      'Apollographql-Client-Name',
      'Apollographql-Client-Version',
    ],
    exposedHeaders: [REQUEST_ID_HEADER, READ_AFTER_HEADER, 'Retry-After'],
    maxAge: 600,
    strictPreflight: false,
  };
}

/** Whether a browser asks, without credentials, what a page of another site may send; never where none may call. */
export function isPreflight({ method, headers, server }: FastifyRequest): boolean {
  const isAsked = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  return isAsked && server.hasPlugin('@fastify/cors');
}
