import { READ_AFTER_HEADER, REQUEST_ID_HEADER, USER_CONTEXT_HEADERS } from '../request-context.js';
import { mediaTypes, type Format } from './format.js';
import { schemas } from './open-api-schemas.js';

type SchemaName = keyof typeof schemas;

/** A body of that schema, in each media type that is taken or, of answers, sent. */
function content(name: SchemaName, types: readonly string[]): object {
  return Object.fromEntries(types.map((type) => [type, { schema: { $ref: `#/components/schemas/${name}` } }]));
}

const formats = Object.keys(mediaTypes) as Format[];
const taken = formats.flatMap((format): readonly string[] => mediaTypes[format]);
const sent = formats.map((format) => mediaTypes[format][0]);

const answer = (description: string, name: SchemaName, headers: object = {}): object => ({
  description,
  headers: { [REQUEST_ID_HEADER]: { schema: { type: 'string' } }, ...headers },
  content: content(name, sent),
});

const header = (name: string, description: string, maxLength: number): object => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string', maxLength },
});

const retryAfter = {
  'Retry-After': { description: 'In how many seconds, where that is known', schema: { type: 'string' } },
};

/** The v1.1 endpoint in OpenAPI 3.1. */
export const openApi = {
  openapi: '3.1.0',
  info: {
    title: 'Customer update v1.1',
    version: '1.1',
    description: 'Updates customers, and merges accounts that a request shows to be one person, in JSON and XML.',
  },
  paths: {
    '/v1.1/customer/update': {
      post: {
        operationId: 'updateCustomers',
        summary: 'Updates 1 to 100 customers, each as if in its own transaction, in the order given',
        security: [{ client: [] }, { token: [] }],
        parameters: [
          {
            name: 'format',
            in: 'query',
            description: 'Of the request and the answer, before Content-Type and Accept',
            schema: { type: 'string', enum: formats },
          },
          header(REQUEST_ID_HEADER, 'Taken over where it is 1 to 128 of A-Za-z0-9._-', 128),
          ...Object.values(USER_CONTEXT_HEADERS).map((name) => header(name, 'For whom the client acts', 100)),
        ],
        requestBody: { required: true, content: content('UpdateRequest', taken) },
        responses: {
          200: answer('What became of each customer', 'UpdateAnswer', {
            [READ_AFTER_HEADER]: {
              description: 'Where there are read replicas: sent back with a query, it sees this update',
              schema: { type: 'string' },
            },
          }),
          400: answer('The request can’t be read, or has no customer or more than 100 (1060)', 'Refusal'),
          401: answer('No right credentials', 'Refusal', { 'WWW-Authenticate': { schema: { type: 'string' } } }),
          403: answer('The client may not change customers', 'Refusal'),
          405: answer('Another method', 'Refusal', { Allow: { schema: { const: 'POST' } } }),
          408: answer('The request took too long to arrive', 'Refusal'),
          413: answer('The body is too large', 'Refusal'),
          415: answer('Another format than JSON and XML', 'Refusal'),
          429: answer('Too many customers, or wrong credentials, lately; try again later', 'Refusal', retryAfter),
          500: answer('A fault of the service', 'Refusal'),
          503: answer(
            'The service can’t do it just now: nothing is stored, unless the message says that it may be',
            'Refusal',
            retryAfter,
          ),
        },
      },
    },
  },
  components: {
    schemas,
    securitySchemes: {
      client: { type: 'http', scheme: 'basic' },
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    },
  },
} as const;
