import { expect, test } from 'vitest';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import { useWorld } from '../support/world.js';

// Each root field of a mutation is done before the next one is begun. None of them may be null, so one that fails leaves no
// data of those before it.

const world = useWorld();
const { given } = world;

const mutation = (id: string, second: string) => `mutation {
  first: updateCustomer(input: { id: "${id}", firstname: "Rita" }) { customer { version } }
  second: ${second} { success }
  third: updateCustomer(input: { id: "${id}", lastname: "Jones" }) { success } }`;

test('each root field sees what those before it did, in order and within fragments', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop);
  const { data, errors } = await shop.send(`mutation { ...More
      b: updateCustomer(input: { id: "${id}", expectedVersion: 2, firstname: "Ann" }) { customer { firstname version } } }
    fragment More on Mutation { a: updateCustomer(input: { id: "${id}", expectedVersion: 1, lastname: "Lee" }) { success } }`);
  expect(errors).toEqual([]);
  expect(data).toEqual({ a: { success: true }, b: { customer: { firstname: 'Ann', version: 3 } } });
});

test('one that fails says that those before it are done, and those behind it are not begun', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop);
  const says = (message: string, code: string) => ({
    data: null,
    errors: [
      {
        message: `${message}; what stands before it in this mutation is done, and nothing behind it`,
        path: ['second'],
        extensions: { code },
      },
    ],
  });
  const forbidden = await shop.as('clerk').send(mutation(id, 'undoCustomerMerge(mergeId: "none")'));
  expect(forbidden).toMatchObject(says('This client may not merge customers', 'FORBIDDEN'));

  const withNull = mutation(id, 'undoCustomerMerge(mergeId: $none)').replace(
    'mutation',
    'mutation ($none: ID = "none")',
  );
  const argument = 'Argument "mergeId" of non-null type "ID!" must not be null';
  expect(await shop.send(withNull, { none: null })).toMatchObject(says(argument, 'BAD_USER_INPUT'));

  await world.execute(createTrigger('failing', `AFTER UPDATE ON customer WHEN NEW.lastname = 'Poison'`, 'fail'));
  const failed = await shop.send(mutation(id, `updateCustomer(input: { id: "${id}", lastname: "Poison" })`));
  await world.execute(dropTrigger('failing'));
  const message = 'Something went wrong on our side; it is logged under the request id';
  expect(failed).toMatchObject(says(message, 'INTERNAL_SERVER_ERROR'));
  expect(await shop.customer(id)).toMatchObject({ firstname: 'Rita', lastname: null, version: 2 });
});

test('the first one that fails says nothing of others', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop);
  const { errors } = await world.expectNothingChanged(() =>
    shop.as('report').send(mutation(id, 'undoCustomerMerge(mergeId: "none")')),
  );
  expect(errors).toMatchObject([{ message: 'This client may not change customers', path: ['first'] }]);
});

test('a condition that is null is refused before anything is done, wherever it stands', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop);
  const update = `(input: { id: "${id}", firstname: "Rita" })`;
  for (const body of [
    `updateCustomer${update} { success @skip(if: $on) }`,
    `updateCustomer${update} { success changes { ...Field } } } fragment Field on FieldChange { field @include(if: $on)`,
    `updateCustomers(inputs: [{ id: "${id}", lastname: "Lee" }]) { results { success ... @include(if: $on) { total } } }`,
    `updateCustomer${update} @skip(if: $on) { success }`,
  ]) {
    const send = () => shop.send(`mutation ($on: Boolean = true) { ${body} }`, { on: null });
    const { status, data, errors } = await world.expectNothingChanged(send);
    expect({ status, data, errors }).toMatchObject({
      status: 400,
      data: null,
      errors: [
        { message: 'Variable "$on": must not be null, expected true or false', extensions: { code: 'BAD_USER_INPUT' } },
      ],
    });
  }
});
