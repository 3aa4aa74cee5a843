import { expect } from 'vitest';
import { SHOP } from '../history/run-round.js';
import { ask, type GraphqlAnswer, type Service } from '../process/service.js';
import { clientId, SECRET } from '../support/settings.js';

// One customer, as a client of a service sees it whose database has a fault.

export const credentials = `${clientId('till', SHOP)}:${SECRET}`;

export const environment = (path: string) => ({
  DATABASE_URL: `sqlite:${path}`,
  DEMO_DATA: '0',
  LOG_LEVEL: 'silent',
});

const UPDATE = `mutation ($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) { success customer { version firstname } errors { code } } }`;
const READ = 'query { customer(id: "1") { version firstname } }';

export const rename = (service: Service, firstname: string, more: object = {}): Promise<GraphqlAnswer> =>
  ask(service, UPDATE, { input: { id: '1', firstname, ...more } }, credentials);

export const read = (service: Service): Promise<GraphqlAnswer> => ask(service, READ, {}, credentials);

export const renamed = (firstname: string, version: number) => ({
  data: { updateCustomer: { success: true, customer: { version, firstname } } },
  errors: [],
});

export const seen = (firstname: string | null, version: number) => ({
  data: { customer: { version, firstname } },
  errors: [],
});

/** What a client is told who may try again: nothing is stored. */
export const NOTHING_STORED = /try again in a moment/;
/** And where nobody can say. */
export const MAY_BE_STORED = /may have stored it/;

/** An answer that says nothing of the fault but this, and under which id it is logged. */
export const unavailable = (says: RegExp) => ({
  data: null,
  errors: [
    {
      message: expect.stringMatching(says) as string,
      extensions: { code: 'SERVICE_UNAVAILABLE', requestId: expect.any(String) as string },
    },
  ],
});
