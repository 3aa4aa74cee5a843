import { expect, test } from 'vitest';
import { useWorld } from '../../support/world.js';
import { demo, sendJson, sendXml, updateAll } from './legacy-client.js';

const { given } = useWorld();

async function demoShop() {
  const { setting, rita } = demo();
  const shop = await given.organization(setting);
  await given.customer(shop, rita);
  return shop;
}

const request = {
  root: {
    customer: [
      {
        mobile: '447700900111',
        email: '',
        external_id: '',
        id: '343445382',
        firstname: 'Rita',
        lastname: 'Jones',
        registered_on: '2011-09-11 11:11:11',
        registered_till: '',
        associated_with: '',
        type: 'LOYALTY',
        fraud_status: { status: 'CONFIRMED' },
        subscriptions: { subscription: [{ priority: 'TRANS', scope: 'all', is_subscribed: '1', channel: 'email' }] },
        extended_fields: { field: [{ name: 'gender', value: 'female' }] },
        custom_fields: { field: [{ name: 'age', value: '47' }] },
      },
    ],
  },
};

// As in the description of the endpoint, character by character, but for the time of the update.
const answer = `{"response":{
  "status":{"success":"true","code":200,"message":"Success","total":"1","success_count":"1"},
  "customers":{"customer":[{
    "user_id":343445382,"firstname":"Rita","lastname":"Jones","mobile":"447700900111","email":"rita.james@example.com","external_id":"XYPZ006",
    "lifetime_points":2450,"loyalty_points":2330,"lifetime_purchases":23400,"current_slab":"bronze","tier_expiry_date":"2119-09-11 23:59:59",
    "points_summaries":{"points_summary":[{"programId":"1016","redeemed":"100","expired":"20","returned":"0","adjusted":"0",
      "lifetimePoints":"2450","loyaltyPoints":"2330","cumulativePurchases":"23400","currentSlab":"bronze","nextSlab":"silver",
      "nextSlabSerialNumber":"2","nextSlabDescription":"After 1000 points","slabSNo":"1","slabExpiryDate":"2119-09-11 23:59:59","totalPoints":""}]},
    "registered_on":"2011-09-11 11:11:11","updated_on":"NOW","type":"LOYALTY","source":"instore","fraud_status":"CONFIRMED","reason":"",
    "custom_fields":{"field":[{"name":"age","value":"47"}]},"extended_fields":{"field":[{"name":"gender","value":"Female"}]},
    "subscriptions":{"subscription":[{"channel":"SMS","priority":"BULK","scope":"ALL","status":"1"},{"channel":"EMAIL","priority":"TRANS","scope":"ALL","status":"1"}]},
    "side_effects":{"effect":[{"type":"points","awarded_points":50,"total_points":2330}]},
    "item_status":{"success":"true","code":"1000","message":"Customer successfully updated","warnings":{"warning":[]}}}]}}}`.replace(
  /\n\s*/g,
  '',
);

const utc = () => new Date().toISOString().slice(0, 19).replace('T', ' ');

test('the example of the page is answered as there, to the order of the keys', async () => {
  const shop = await demoShop();
  const before = utc();
  const { status, headers, text } = await sendJson(shop, request);
  const [, updatedOn = ''] = /"updated_on":"([^"]*)"/.exec(text) ?? [];
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(text.replace(updatedOn, 'NOW')).toBe(answer);
  expect(updatedOn).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  expect(updatedOn >= before && updatedOn <= utc()).toBe(true);
});

const xmlRequest = `<?xml version="1.0" encoding="UTF-8"?>
<root>
  <customer>
    <mobile>447700900111</mobile> <email></email> <external_id/> <id>343445382</id>
    <firstname>Rita</firstname><lastname>Jones</lastname>
    <registered_on>2011-09-11 11:11:11</registered_on><registered_till></registered_till><associated_with/>
    <type>LOYALTY</type><fraud_status><status>CONFIRMED</status></fraud_status>
    <subscriptions><subscription>
      <priority>TRANS</priority><scope>all</scope><is_subscribed>1</is_subscribed><channel>email</channel>
    </subscription></subscriptions>
    <extended_fields><field><name>gender</name><value>female</value></field></extended_fields>
    <custom_fields><field><name>age</name><value>47</value></field></custom_fields>
  </customer>
</root>`;

const xmlAnswer = `<?xml version="1.0" encoding="UTF-8"?><response>
  <status><success>true</success><code>200</code><message>Success</message><total>1</total><success_count>1</success_count></status>
  <customers><customer>
    <user_id>343445382</user_id><firstname>Rita</firstname><lastname>Jones</lastname><mobile>447700900111</mobile><email>rita.james@example.com</email><external_id>XYPZ006</external_id>
    <lifetime_points>2450</lifetime_points><loyalty_points>2330</loyalty_points><lifetime_purchases>23400</lifetime_purchases><current_slab>bronze</current_slab><tier_expiry_date>2119-09-11 23:59:59</tier_expiry_date>
    <points_summaries><points_summary><programId>1016</programId><redeemed>100</redeemed><expired>20</expired><returned>0</returned><adjusted>0</adjusted>
      <lifetimePoints>2450</lifetimePoints><loyaltyPoints>2330</loyaltyPoints><cumulativePurchases>23400</cumulativePurchases><currentSlab>bronze</currentSlab><nextSlab>silver</nextSlab>
      <nextSlabSerialNumber>2</nextSlabSerialNumber><nextSlabDescription>After 1000 points</nextSlabDescription><slabSNo>1</slabSNo><slabExpiryDate>2119-09-11 23:59:59</slabExpiryDate><totalPoints></totalPoints></points_summary></points_summaries>
    <registered_on>2011-09-11 11:11:11</registered_on><updated_on>NOW</updated_on><type>LOYALTY</type><source>instore</source><fraud_status>CONFIRMED</fraud_status><reason></reason>
    <custom_fields><field><name>age</name><value>47</value></field></custom_fields><extended_fields><field><name>gender</name><value>Female</value></field></extended_fields>
    <subscriptions><subscription><channel>SMS</channel><priority>BULK</priority><scope>ALL</scope><status>1</status></subscription><subscription><channel>EMAIL</channel><priority>TRANS</priority><scope>ALL</scope><status>1</status></subscription></subscriptions>
    <side_effects><effect><type>points</type><awarded_points>50</awarded_points><total_points>2330</total_points></effect></side_effects>
    <item_status><success>true</success><code>1000</code><message>Customer successfully updated</message><warnings></warnings></item_status>
  </customer></customers></response>`.replace(/\n\s*/g, '');

test('the example is the same tree in XML', async () => {
  const { status, headers, text } = await sendXml(await demoShop(), xmlRequest);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/xml; charset=utf-8');
  expect(text.replace(/<updated_on>[^<]*/, '<updated_on>NOW')).toBe(xmlAnswer);
});

// The published sample, of which names, nesting and types count.
const published = {
  mobile: '44700900011',
  email: '',
  external_id: '',
  id: '343445382',
  firstname: 'Rita',
  lastname: 'James',
  registered_on: '2016-09-11 11:11:11',
  updated_on: '2019-09-11 10:12:00',
  registered_till: '',
  associated_with: '',
  type: 'LOYALTY',
  fraud_status: { status: 'CONFIRMED' },
  subscriptions: { subscription: [{ priority: 'TRANS', scope: 'all', is_subscribed: '1', channel: 'email' }] },
  extended_fields: { field: [{ name: 'gender', value: 'male' }] },
  custom_fields: { field: [{ name: 'age', value: '["46"]' }] },
};
const publishedAnswer = {
  user_id: 343445382,
  firstname: 'Rita',
  lastname: 'James',
  mobile: '917713643123',
  email: 'rita.john@example.com',
  external_id: 'XYPZ006',
  lifetime_points: 0,
  loyalty_points: 0,
  current_slab: 'bronze',
  tier_expiry_date: '2112-09-11 23:59:59',
  points_summaries: {
    points_summary: [
      {
        programId: '1016',
        redeemed: '100',
        expired: '20',
        returned: '0',
        adjusted: '0',
        lifetimePoints: '2400',
        loyaltyPoints: '2280',
        cumulativePurchases: '23400',
        currentSlab: 'bronze',
        nextSlab: 'silver',
        nextSlabSerialNumber: '2',
        nextSlabDescription: 'silver',
        slabSNo: '1',
        slabExpiryDate: '2119-09-11 23:59:59',
        totalPoints: '',
      },
    ],
  },
  lifetime_purchases: 0,
  registered_on: '2012-09-11 11:11:15',
  updated_on: '2019-12-09 14:59:49',
  type: 'LOYALTY',
  source: 'instore',
  fraud_status: 'NONE',
  reason: '',
  custom_fields: { field: [] },
  extended_fields: { field: [{ name: 'gender', value: 'Male' }] },
  subscriptions: { subscription: [{ channel: 'SMS', priority: 'BULK', scope: 'ALL', status: '1' }] },
  side_effects: { effect: [] },
  item_status: {
    success: 'true',
    code: '1000',
    message: 'Customer successfully updated',
    warnings: { warning: ['91017', '1017'] },
  },
};

/** Names, nesting and types: of a list, those of its first entry. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

test('the published sample is taken, and its answer has the names, nesting and types of the published one', async () => {
  const shop = await demoShop();
  // Its mobile is another than the one that the customer has, which no update changes.
  const { response } = await updateAll(shop, { ...published, mobile: '', custom_fields: { field: [{ name: 'x' }] } });
  expect(shapeOf(response.status)).toEqual({
    success: 'string',
    code: 'number',
    message: 'string',
    total: 'string',
    success_count: 'string',
  });
  const [customer] = response.customers.customer;
  expect(shapeOf({ ...customer, custom_fields: { field: [] } })).toEqual(shapeOf(publishedAnswer));
  const { response: whole } = await updateAll(shop, published);
  expect(whole.customers.customer[0]?.item_status.code).toBe('91005');
});
