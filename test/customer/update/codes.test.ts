import { isEnumType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { resolverClasses } from '../../../src/graphql/resolvers.js';
import { createSchema } from '../../../src/graphql/schema.js';
import type { UpdateInput } from '../../support/answers.js';
import { notice, type ExpectedNotice } from '../../support/codes.js';
import { expectNotices, expectRefused } from '../../support/refusals.js';
import type { CustomerSetting } from '../../support/settings.js';
import { useWorld } from '../../support/world.js';

// One case for each row of the table "Codes" that an update can answer; the rules have their tests elsewhere.

const world = useWorld();
const { given } = world;

/** The target; another customer has the email b@example.com. */
type Case = [ExpectedNotice, UpdateInput, CustomerSetting?, Record<string, string>?];

const errors: Case[] = [
  [notice('NO_IDENTIFIER'), { id: null }],
  [notice('INVALID_INPUT', 'lastname'), { lastname: '?' }],
  [notice('INVALID_MOBILE', 'mobile'), { mobile: '1' }],
  [notice('INVALID_EMAIL', 'email'), { email: 'x' }],
  [notice('INVALID_EXTERNAL_ID', 'externalId'), { externalId: '' }],
  [notice('CUSTOMER_NOT_FOUND', 'id'), { id: '1' }],
  [
    notice('PRIMARY_IDENTIFIER_MISMATCH', 'mobile'),
    { mobile: '+447911123456' },
    {},
    { CONF_PRIMARY_IDENTIFIER_STRICT_CHECK: '1' },
  ],
  [notice('PRIMARY_IDENTIFIER_IMMUTABLE', 'mobile'), { mobile: '+447911123456' }],
  [notice('IDENTIFIER_ALREADY_SET', 'email'), { email: 'new@example.com' }, { email: 'own@example.com' }],
  [notice('IDENTIFIER_UPDATE_DISABLED', 'externalId'), { externalId: 'NEW' }],
  [notice('IDENTIFIER_TAKEN', 'email'), { email: 'b@example.com' }, {}, { MERGE_POLICY: 'NEVER' }],
  [notice('LOYALTY_DOWNGRADE', 'type'), { type: 'NON_LOYALTY' }, { type: 'LOYALTY' }],
  [notice('LOYALTY_IDENTIFIER_REQUIRED', 'mobile'), { type: 'LOYALTY' }, { mobile: null, email: 'own@example.com' }],
  [notice('LOYALTY_IDENTIFIER_REQUIRED', 'email'), { type: 'LOYALTY' }, {}, { CONF_USERS_IS_EMAIL_REQUIRED: '1' }],
  [
    notice('LOYALTY_IDENTIFIER_REQUIRED', 'externalId'),
    { type: 'LOYALTY' },
    {},
    { CONF_USERS_IS_EXTERNAL_ID_REQUIRED: '1' },
  ],
  [notice('REGISTRATION_DATE_OUT_OF_RANGE', 'registeredOn'), { registeredOn: '1899-01-01 00:00:00' }],
  [notice('TILL_NOT_FOUND', 'registeredTill'), { registeredTill: 'x' }],
  [notice('TILL_NOT_FOUND', 'associatedWith'), { associatedWith: 'x' }],
  [notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'), { customFields: [{ name: 'age', value: 'x' }] }],
  [
    notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'value'),
    { extendedFields: [{ name: 'gender', value: 'x' }] },
  ],
  [notice('VERSION_CONFLICT', 'expectedVersion'), { expectedVersion: 2 }],
  [notice('PLAN_CHANGED', 'expectedPlanHash'), { expectedPlanHash: 'x' }],
  [notice('IDEMPOTENCY_KEY_REUSED', 'idempotencyKey'), { idempotencyKey: 'used' }],
  [notice('MERGE_BLOCKED', 'email'), { email: 'b@example.com' }, {}, { MERGE_PLACEHOLDERS: 'b@example.com' }],
];

const warnings: Case[] = [
  [
    notice('CUSTOM_FIELD_SKIPPED', 'customFields', '0', 'value'),
    { invalidFields: 'SKIP', customFields: [{ name: 'age', value: 'x' }] },
  ],
  [
    notice('EXTENDED_FIELD_SKIPPED', 'extendedFields', '0', 'value'),
    { invalidFields: 'SKIP', extendedFields: [{ name: 'gender', value: 'x' }] },
  ],
];

describe('an update', () => {
  test.each(errors)('answers %o', async (expected, input, setting = {}, configs = {}) => {
    const shop = await given.organization({ configs });
    const [target] = await given.customers(shop, setting, { mobile: null, email: 'b@example.com' });
    await shop.updated({ id: target.id, firstname: 'Other', idempotencyKey: 'used' });
    await shop.updated({ id: target.id, firstname: 'Rita' });
    await expectRefused(world, shop, { id: target.id, lastname: 'James', ...input }, expected);
  });

  test.each(warnings)('succeeds with the warning %o', async (expected, input) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    expectNotices((await shop.updated({ id, ...input })).warnings, [expected]);
  });

  test('has a case for every code of the schema here, or is about an undo', () => {
    const schema = createSchema(resolverClasses, new Map());
    const codesOf = (name: string): string[] => {
      const type = schema.getType(name);
      return isEnumType(type) ? type.getValues().map(({ name: code }) => code) : [];
    };
    const tested = new Set(errors.map(([{ code }]) => code));
    expect(codesOf('CustomerErrorCode').filter((code) => !tested.has(code))).toEqual([
      'MERGE_NOT_FOUND',
      'MERGE_ALREADY_UNDONE',
      'MERGE_UNDO_CONFLICT',
      'MERGE_UNDO_EXPIRED',
    ]);
    expect(codesOf('CustomerWarningCode')).toEqual([
      'CUSTOM_FIELD_SKIPPED',
      'EXTENDED_FIELD_SKIPPED',
      // Tested with the target of an update.
      'RESOLVED_TO_SURVIVOR',
    ]);
  });
});
