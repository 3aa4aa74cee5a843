import { describe, expect, test } from 'vitest';
import type { OrganizationRules } from '../../src/organization/organization.js';
import { readRules } from '../../src/organization/rules.js';

const rulesOf = (configs: Record<string, string>, timeZone = 'UTC') =>
  readRules(new Map(Object.entries(configs)), timeZone);

const defaults: OrganizationRules = {
  primaryIdentifier: 'MOBILE',
  strictPrimaryIdentifier: false,
  identifierUpdateAllowed: { MOBILE: false, EMAIL: false, EXTERNAL_ID: false },
  requiredForLoyalty: { MOBILE: false, EMAIL: false, EXTERNAL_ID: false },
  minRegistrationDate: Date.parse('1900-01-01T00:00:00Z'),
  mergePolicy: 'AUTOMATIC',
  mergePlaceholders: [],
  mergeBlockedOn: [],
  mergeUndoDays: 30,
  mergeOverwritesExtendedFields: false,
  mergeSkips: { CUSTOM: false, EXTENDED: false },
};

describe('readRules', () => {
  test('has a default for each config', () => {
    expect(rulesOf({})).toEqual({ rules: defaults, faults: [] });
  });

  test('leaves keys alone that it does not know', () => {
    expect(rulesOf({ CONF_SOMETHING_ELSE: 'of another system', merge_policy: 'NEVER' })).toEqual({
      rules: defaults,
      faults: [],
    });
  });

  test.each<[string, string, Partial<OrganizationRules>]>([
    ['CONF_REGISTRATION_PRIMARY_KEY', 'MOBILE', {}],
    ['CONF_REGISTRATION_PRIMARY_KEY', 'EMAIL', { primaryIdentifier: 'EMAIL' }],
    ['CONF_REGISTRATION_PRIMARY_KEY', 'EXTERNAL_ID', { primaryIdentifier: 'EXTERNAL_ID' }],
    ['CONF_PRIMARY_IDENTIFIER_STRICT_CHECK', '1', { strictPrimaryIdentifier: true }],
    ['CONF_PRIMARY_IDENTIFIER_STRICT_CHECK', '0', {}],
    [
      'CONF_ALLOW_MOBILE_UPDATE',
      '1',
      { identifierUpdateAllowed: { ...defaults.identifierUpdateAllowed, MOBILE: true } },
    ],
    ['CONF_ALLOW_EMAIL_UPDATE', '1', { identifierUpdateAllowed: { ...defaults.identifierUpdateAllowed, EMAIL: true } }],
    [
      'CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE',
      '1',
      { identifierUpdateAllowed: { ...defaults.identifierUpdateAllowed, EXTERNAL_ID: true } },
    ],
    ['CONF_ALLOW_EMAIL_UPDATE', '0', {}],
    ['CONF_USERS_IS_MOBILE_REQUIRED', '1', { requiredForLoyalty: { ...defaults.requiredForLoyalty, MOBILE: true } }],
    ['CONF_USERS_IS_EMAIL_REQUIRED', '1', { requiredForLoyalty: { ...defaults.requiredForLoyalty, EMAIL: true } }],
    [
      'CONF_USERS_IS_EXTERNAL_ID_REQUIRED',
      '1',
      { requiredForLoyalty: { ...defaults.requiredForLoyalty, EXTERNAL_ID: true } },
    ],
    ['CONF_MIN_REGISTRATION_DATE', '1999-12-31', { minRegistrationDate: Date.parse('1999-12-31T00:00:00Z') }],
    ['MERGE_POLICY', 'NON_LOYALTY_ONLY', { mergePolicy: 'NON_LOYALTY_ONLY' }],
    ['MERGE_POLICY', 'NEVER', { mergePolicy: 'NEVER' }],
    ['MERGE_PLACEHOLDERS', '', {}],
    ['MERGE_PLACEHOLDERS', ' 9999999999 ,shop@example.com', { mergePlaceholders: ['9999999999', 'shop@example.com'] }],
    ['MERGE_BLOCKED_ON', '', {}],
    ['MERGE_BLOCKED_ON', 'EXTERNAL_ID', { mergeBlockedOn: ['EXTERNAL_ID'] }],
    ['MERGE_BLOCKED_ON', 'EMAIL , MOBILE', { mergeBlockedOn: ['EMAIL', 'MOBILE'] }],
    ['MERGE_UNDO_DAYS', '0', { mergeUndoDays: 0 }],
    ['MERGE_UNDO_DAYS', '365', { mergeUndoDays: 365 }],
    ['CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE', '1', { mergeOverwritesExtendedFields: true }],
    ['CONF_SKIP_MERGE_HANDLER', '', {}],
    ['CONF_SKIP_MERGE_HANDLER', 'CUSTOM_FIELDS', { mergeSkips: { CUSTOM: true, EXTENDED: false } }],
    ['CONF_SKIP_MERGE_HANDLER', 'EXTENDED_FIELDS,CUSTOM_FIELDS', { mergeSkips: { CUSTOM: true, EXTENDED: true } }],
  ])('takes %s = %j', (key, value, changed) => {
    expect(rulesOf({ [key]: value })).toEqual({ rules: { ...defaults, ...changed }, faults: [] });
  });

  test.each([
    ['CONF_REGISTRATION_PRIMARY_KEY', 'PHONE'],
    ['CONF_REGISTRATION_PRIMARY_KEY', 'email'],
    ['CONF_REGISTRATION_PRIMARY_KEY', ''],
    ['CONF_PRIMARY_IDENTIFIER_STRICT_CHECK', 'true'],
    ['CONF_ALLOW_MOBILE_UPDATE', '2'],
    ['CONF_ALLOW_EMAIL_UPDATE', ''],
    ['CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE', 'yes'],
    ['CONF_USERS_IS_MOBILE_REQUIRED', 'no'],
    ['CONF_USERS_IS_EMAIL_REQUIRED', ' 1'],
    ['CONF_USERS_IS_EXTERNAL_ID_REQUIRED', '01'],
    ['CONF_MIN_REGISTRATION_DATE', '2023-02-30'],
    ['CONF_MIN_REGISTRATION_DATE', '2023-02-03 00:00:00'],
    ['MERGE_POLICY', 'ALWAYS'],
    ['MERGE_PLACEHOLDERS', '9999999999,,shop@example.com'],
    ['MERGE_PLACEHOLDERS', 'x'.repeat(255)],
    ['MERGE_BLOCKED_ON', 'EXTERNAL_ID,CARD'],
    ['MERGE_UNDO_DAYS', '-1'],
    ['MERGE_UNDO_DAYS', '1.5'],
    ['MERGE_UNDO_DAYS', '36501'],
    ['MERGE_UNDO_DAYS', ''],
    ['CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE', 'on'],
    ['CONF_SKIP_MERGE_HANDLER', 'EXTENDED'],
  ])('refuses %s = %j, and its default stands', (key, value) => {
    const { rules, faults } = rulesOf({ [key]: value });
    expect(rules).toEqual(defaults);
    expect(faults).toEqual([{ key, reason: expect.stringMatching(/^takes ./) as unknown }]);
  });

  test('begins the first day of registrations in the time zone of the organization', () => {
    const { rules } = rulesOf({ CONF_MIN_REGISTRATION_DATE: '2010-07-01' }, 'Asia/Kolkata');
    expect(rules.minRegistrationDate).toBe(Date.parse('2010-06-30T18:30:00Z'));
  });
});
