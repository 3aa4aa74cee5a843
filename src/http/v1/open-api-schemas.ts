// The request and the answers of v1.1 as JSON schemas, for open-api.ts. XML has the same tree, lists as repeated elements.

type Schema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, Schema>>;

const text = (description?: string): Schema => ({
  type: 'string',
  ...(description === undefined ? {} : { description }),
});
const word = (...words: readonly string[]): Schema => ({ type: 'string', enum: words });
const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema['type'], 'null'] });
const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const localTime: Schema = {
  type: 'string',
  pattern: String.raw`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$`,
  description: "YYYY-MM-DD HH:MM:SS in the organization's time zone",
};
const decimalText: Schema = { type: 'string', pattern: String.raw`^-?\d+(\.\d{1,3})?$` };

/** An object of an answer: it has these keys, in this order, and no other. */
const exactly = (properties: Properties, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  additionalProperties: false,
});

/** A list within the object that wraps it. */
const wrapped = (key: string, items: Schema): Schema => exactly({ [key]: { type: 'array', items } });

// --- the request ---

// Unknown keys are ignored, an empty string and null mean "not given", and numbers do for strings.
const given = (description?: string): Schema => ({
  type: ['string', 'number', 'null'],
  ...(description === undefined ? {} : { description }),
});
const givenObject = (properties: Properties): Schema => ({ type: 'object', properties });
const notGiven: readonly Schema[] = [{ type: 'null' }, { const: '' }];
const oneOrMore = (items: Schema): Schema => ({ anyOf: [{ type: 'array', items }, items, ...notGiven] });
const givenList = (key: string, items: Schema): Schema => ({
  anyOf: [givenObject({ [key]: oneOrMore(items) }), ...notGiven],
});

const customerUpdate = givenObject({
  id: given("The customer's own number. Of id, mobile, email and external_id at least one says which customer"),
  mobile: given(),
  email: given(),
  external_id: given(),
  firstname: given(),
  lastname: given(),
  registered_on: given("YYYY-MM-DD HH:MM:SS in the organization's time zone; at most 24 hours ahead of now"),
  registered_till: given("A till's code"),
  associated_with: given("A till's code"),
  type: given('LOYALTY enrols; in any case'),
  fraud_status: { anyOf: [givenObject({ status: given('CONFIRMED or NONE, in any case') }), ...notGiven] },
  subscriptions: givenList('subscription', reference('SubscriptionUpdate')),
  extended_fields: givenList('field', reference('FieldUpdate')),
  custom_fields: givenList('field', reference('FieldUpdate')),
});

const subscriptionUpdate = givenObject({
  channel: given('sms or email, in any case'),
  priority: given('TRANS or BULK, in any case'),
  scope: given('all, or not given'),
  is_subscribed: given('0 or 1; 1 where it is not given'),
});

const fieldUpdate = givenObject({
  name: given(),
  value: {
    type: ['string', 'number', 'null', 'array'],
    description: 'Of a custom field also in the old form, ["46"]',
    items: { type: ['string', 'number', 'null'] },
  },
});

// --- the answers ---

const status = exactly({
  success: word('true', 'false'),
  code: {
    type: 'integer',
    description: '200 all succeeded, 201 some did, 500 none did; of a request that is refused its HTTP status, or 1060',
  },
  message: text(),
  total: text('How many customers the request has'),
  success_count: text(),
});

const itemStatus = exactly({
  success: word('true', 'false'),
  code: text('1000, or the code of the first error'),
  message: text(),
  warnings: wrapped('warning', text('The code of a warning; its text stands behind the message')),
});

const pointsSummary = exactly({
  programId: text(),
  redeemed: decimalText,
  expired: decimalText,
  returned: decimalText,
  adjusted: decimalText,
  lifetimePoints: decimalText,
  loyaltyPoints: decimalText,
  cumulativePurchases: decimalText,
  currentSlab: text('NONE where there is none'),
  nextSlab: text('Empty at the top'),
  nextSlabSerialNumber: text('-1 at the top'),
  nextSlabDescription: text(),
  slabSNo: text(),
  slabExpiryDate: orNull(localTime),
  totalPoints: { const: '' },
});

const updatedCustomer = exactly({
  user_id: { type: 'integer' },
  firstname: orNull(text()),
  lastname: orNull(text()),
  mobile: orNull(text('Digits with country code, without a plus')),
  email: orNull(text()),
  external_id: orNull(text()),
  lifetime_points: { type: 'number' },
  loyalty_points: { type: 'number' },
  lifetime_purchases: { type: 'number' },
  current_slab: text('NONE where there is none'),
  tier_expiry_date: orNull(localTime),
  points_summaries: wrapped('points_summary', reference('PointsSummary')),
  registered_on: orNull(localTime),
  updated_on: localTime,
  type: word('LOYALTY', 'NON_LOYALTY'),
  source: { const: 'instore' },
  fraud_status: word('CONFIRMED', 'NONE'),
  reason: { const: '' },
  custom_fields: wrapped('field', exactly({ name: text(), value: text() })),
  extended_fields: wrapped('field', exactly({ name: text(), value: text() })),
  subscriptions: wrapped(
    'subscription',
    exactly({
      channel: word('SMS', 'EMAIL'),
      priority: word('TRANS', 'BULK'),
      scope: { const: 'ALL' },
      status: word('0', '1'),
    }),
  ),
  side_effects: wrapped(
    'effect',
    exactly({ type: { const: 'points' }, awarded_points: { type: 'number' }, total_points: { type: 'number' } }),
  ),
  item_status: reference('ItemStatus'),
});

const failedCustomer: Schema = {
  ...exactly(
    {
      user_id: { type: ['integer', 'string'] },
      mobile: text(),
      email: text(),
      external_id: text(),
      item_status: reference('ItemStatus'),
    },
    ['user_id', 'mobile', 'email', 'external_id'],
  ),
  description: 'A customer whose update failed: the identifiers as they were given, and the first error',
};

/** By the names that they have in the description. */
export const schemas = {
  UpdateRequest: {
    ...givenObject({
      root: { ...givenObject({ customer: oneOrMore(reference('CustomerUpdate')) }), required: ['customer'] },
    }),
    required: ['root'],
    description:
      'At most 100 customers. Unknown keys are ignored; an empty string, null and an absent key leave a value as it is',
    xml: { name: 'root' },
  },
  CustomerUpdate: customerUpdate,
  SubscriptionUpdate: subscriptionUpdate,
  FieldUpdate: fieldUpdate,
  UpdateAnswer: exactly({
    response: exactly({
      status: reference('Status'),
      customers: wrapped('customer', { anyOf: [reference('UpdatedCustomer'), reference('FailedCustomer')] }),
    }),
  }),
  Refusal: exactly({ response: exactly({ status: reference('Status') }) }),
  Status: status,
  ItemStatus: itemStatus,
  PointsSummary: pointsSummary,
  UpdatedCustomer: updatedCustomer,
  FailedCustomer: failedCustomer,
} as const satisfies Record<string, Schema>;
