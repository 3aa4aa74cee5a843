import { issuersOf } from './tokens.js';
import { organizationFile, type CustomerSetting, type OrganizationSetting } from '../support/settings.js';

// The organizations that are asked: names of fields and options that a careless program trips over, and between them
// every setting.

const fields = {
  customFields: [
    { name: 'nickname', type: 'STRING', maxLength: 40 },
    { name: 'capitals', type: 'STRING', pattern: '^\\p{Lu}+$' },
    { name: 'age', type: 'INTEGER' },
    { name: 'shoeSize', type: 'DOUBLE' },
    { name: 'isStudent', type: 'BOOLEAN' },
    { name: 'birthday', type: 'DATE' },
    { name: 'lastVisit', type: 'DATETIME' },
    { name: '__proto__', type: 'STRING' },
    { name: 'constructor', type: 'STRING' },
    { name: "a'b%c_d", type: 'STRING' },
  ],
  extendedFields: [
    {
      name: 'Gender',
      type: 'ENUM',
      options: ['Male', 'Female', 'straße', 'STRASSE', 'İzmir', 'ſ', 'K', 'Å', '1', 'true'],
    },
    { name: 'city', type: 'STRING' },
    { name: 'toString', type: 'STRING' },
    { name: 'İd', type: 'STRING', maxLength: 3 },
    { name: 'caf\u00e9', type: 'STRING' },
  ],
} as const satisfies OrganizationSetting;

const rewardRules = [
  { name: "profile'; --", programId: '1016', points: '50.5', fields: ['firstname', 'customFields.__proto__'] },
  { name: 'visit', programId: '7', points: '999999999999', fields: ['customFields.lastVisit'] },
  { name: 'card', programId: '7', points: '0.001', fields: ['externalId', 'extendedFields.toString'] },
];

const all = {
  CONF_ALLOW_MOBILE_UPDATE: '1',
  CONF_ALLOW_EMAIL_UPDATE: '1',
  CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
};

const settings: readonly OrganizationSetting[] = [
  { ...fields, rewardRules, timeZone: 'America/New_York', configs: all },
  {
    ...fields,
    rewardRules,
    defaultCountry: null,
    configs: {
      ...all,
      CONF_ALLOW_EMAIL_UPDATE: '0',
      CONF_REGISTRATION_PRIMARY_KEY: 'EXTERNAL_ID',
      CONF_PRIMARY_IDENTIFIER_STRICT_CHECK: '1',
      MERGE_PLACEHOLDERS: "447700900111,shop@example.com,o'hara%_",
      MERGE_BLOCKED_ON: 'EXTERNAL_ID',
      CONF_MIN_REGISTRATION_DATE: '2000-01-01',
      CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1',
      MERGE_UNDO_DAYS: '1',
    },
  },
  {
    ...fields,
    defaultCountry: 'DE',
    timeZone: 'Pacific/Apia',
    configs: {
      ...all,
      CONF_REGISTRATION_PRIMARY_KEY: 'EMAIL',
      MERGE_POLICY: 'NON_LOYALTY_ONLY',
      CONF_USERS_IS_MOBILE_REQUIRED: '1',
      CONF_MIN_REGISTRATION_DATE: '0000-01-02',
      CONF_SKIP_MERGE_HANDLER: 'CUSTOM_FIELDS',
    },
  },
];

const customers: readonly CustomerSetting[] = [
  {
    id: '1',
    mobile: '+447700900111',
    firstname: 'Rita',
    type: 'LOYALTY',
    registeredOn: '2012-09-11 11:11:15',
    lifetimePurchases: '999999999999.999',
    customFields: { age: '46', nickname: "O'Hara %_" },
    extendedFields: { Gender: 'straße', toString: 'x' },
    pointsSummaries: [{ programId: '1016', lifetimePoints: '999999999999.999', redeemed: '0.001', slabSNo: 2 }],
  },
  {
    id: '2',
    email: 'rita@example.com',
    lastname: 'Jönsson',
    fraudStatus: 'CONFIRMED',
    subscriptions: [{ channel: 'EMAIL', priority: 'BULK', status: 'UNSUBSCRIBED' }],
  },
  { id: '3', externalId: "o'hara%_", registeredOn: '2001-01-01T00:00:00Z', lifetimePurchases: '12.5' },
  { id: '4', externalId: 'Stra\u00dfe-\u00e9', email: 'kelvin@example.com', associatedWith: 'till.2' },
  {
    id: '9007199254740991',
    mobile: '+4915123456789',
    email: 'max@example.com',
    externalId: '__proto__',
    pointsSummaries: [{ programId: '7', lifetimePoints: '10', slabExpiryDate: '9999-12-31 00:00:00' }],
  },
  { id: '6', externalId: '$1', extendedFields: { city: '\u{1f600}' } },
];

export const kinds = settings.length;

/**
 * The file of one of the kinds of organizations, under that id, with the customers that each of them has, and with an issuer
 * of its own whose keys are in the file `jwks`.
 */
export const fileOf = (id: string, kind: number, jwks: string): object => ({
  ...organizationFile(id, { ...settings[kind], issuers: issuersOf(id, jwks) }),
  customers,
});

/** What a request has to say to mean something to such an organization. */
export const words = {
  id: customers.flatMap(({ id }) => id ?? []),
  mobile: ['+447700900111', '447700900111', '07700 900111', '+4915123456789', '0151 23456789', '+447700900222'],
  email: ['rita@example.com', 'KELVIN@example.com', 'max@example.com', 'new@example.com', 'shop@example.com'],
  externalId: ["o'hara%_", 'Stra\u00dfe-e\u0301', '__proto__', '$1', 'new'],
  till: ['till.1', 'till.2'],
  customField: fields.customFields.map(({ name }) => name),
  extendedField: [...fields.extendedFields.map(({ name }) => name), 'GENDER', 'tostring', 'I\u0307D', 'cafe\u0301'],
} as const;
