// The organization and the customers that every part of the benchmarks works on. All of it follows from numbers, so that
// each process can work out the same without asking another.

export const ORGANIZATION_ID = '100';
export const PROGRAM_ID = '1016';
export const CLIENT = { id: 'bench', secret: 'a-secret-for-benchmarks', till: 'till.london.1' };

/** Customer numbers up to here are the ones that updates are spread over; pairs to be merged stand above. */
const FIRST_PAIR = 10_000_000;

export const organizationFile = {
  organization: {
    id: ORGANIZATION_ID,
    name: 'Northwind Retail',
    defaultCountry: 'GB',
    timeZone: 'UTC',
    configs: { CONF_REGISTRATION_PRIMARY_KEY: 'MOBILE', CONF_ALLOW_EMAIL_UPDATE: '1' },
    tills: [
      { code: 'till.london.1', name: 'London 1' },
      { code: 'till.leeds.1', name: 'Leeds 1' },
    ],
    customFields: [
      { name: 'age', label: 'Age', type: 'INTEGER' },
      { name: 'shoe_size', label: 'Shoe size', type: 'INTEGER' },
      { name: 'newsletter', label: 'Newsletter', type: 'STRING' },
      { name: 'campaign', label: 'Campaign', type: 'STRING' },
    ],
    extendedFields: [{ name: 'gender', type: 'ENUM', options: ['Male', 'Female', 'Other'] }],
    programs: [
      {
        id: PROGRAM_ID,
        name: 'Main',
        default: true,
        slabs: [
          { serialNumber: 1, name: 'bronze', description: 'Entry' },
          { serialNumber: 2, name: 'silver', description: 'After 1000 points' },
        ],
      },
    ],
    accessGroups: [{ name: 'tills', customer: 'WRITE', merge: true }],
    clients: [{ id: CLIENT.id, secret: CLIENT.secret, accessGroup: 'tills', till: CLIENT.till }],
  },
  customers: [],
};

/** A customer that updates find by its mobile: numbers from 0. */
export function customerRecord(number) {
  return {
    id: String(number + 1),
    mobile: mobile(number),
    email: `customer.${number}@example.com`,
    externalId: `X${number}`,
    firstname: 'Rita',
    lastname: 'James',
    type: 'LOYALTY',
    registeredOn: '2012-09-11 11:11:15',
    registeredTill: 'till.london.1',
    lifetimePurchases: '23400',
    customFields: { age: '46', shoe_size: '38', newsletter: 'weekly' },
    extendedFields: { gender: 'Female' },
    subscriptions: [
      { channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' },
      { channel: 'EMAIL', priority: 'BULK', status: 'SUBSCRIBED' },
    ],
    pointsSummaries: [
      {
        programId: PROGRAM_ID,
        lifetimePoints: '2400',
        redeemed: '100',
        expired: '20',
        cumulativePurchases: '23400',
        slabSNo: 1,
        slabExpiryDate: '2119-09-11 23:59:59',
      },
    ],
  };
}

/** The two sides of one merge: a member with a mobile, and a campaign's contact with an e-mail address. */
export function pairRecords(pair) {
  const member = FIRST_PAIR + 2 * pair;
  const record = customerRecord(member);
  delete record.email;
  return [
    record,
    {
      id: String(member + 2),
      email: contactEmail(pair),
      firstname: 'Rita',
      type: 'NON_LOYALTY',
      registeredOn: '2015-05-15 15:15:15',
      lifetimePurchases: '40.5',
      customFields: { campaign: 'autumn' },
      subscriptions: [{ channel: 'EMAIL', priority: 'BULK', status: 'UNSUBSCRIBED' }],
      pointsSummaries: [{ programId: PROGRAM_ID, lifetimePoints: '12.5', cumulativePurchases: '40.5', slabSNo: 1 }],
    },
  ];
}

/** With its plus, so that there is one way to read it; neighbours are far apart, as people's numbers are. */
export function mobile(number) {
  return `+44${7_100_000_000 + ((number * 61_803_399) % 100_000_000)}`;
}

export const memberMobile = (pair) => mobile(FIRST_PAIR + 2 * pair);

export const contactEmail = (pair) => `contact.${pair}@example.org`;
