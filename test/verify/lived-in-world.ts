import type { UpdateInput } from '../support/answers.js';
import type { Shop } from '../support/shop.js';
import type { World } from '../support/world.js';

/** A world in which everything has happened once, and the ids of what did. */
export interface LivedIn {
  readonly shop: Shop;
  /** The database, as DATABASE_URL has it. */
  readonly url: string;
  /** 12 merged into 11. */
  readonly standing: string;
  /** 14 merged into 13, and taken back. */
  readonly undone: string;
  /** 15 merged into 16. */
  readonly first: string;
  /** 16 merged into 17, which takes 15 along. */
  readonly second: string;
  /** 26 merged into 24, which had lost to an undo what 25 had brought, by a request that gave 24 an email first. */
  readonly again: string;
}

const configs = {
  CONF_ALLOW_MOBILE_UPDATE: '1',
  CONF_ALLOW_EMAIL_UPDATE: '1',
  CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
};

const points = (lifetimePoints: string, redeemed: string, programId = '1016') => ({
  programId,
  lifetimePoints,
  redeemed,
  cumulativePurchases: '12.345',
});

const optOut = { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' } as const;

/** Lives through it in an organization of its own, by the API. */
export async function liveIn(world: World): Promise<LivedIn> {
  const shop = await world.given.organization({
    configs,
    rewardRules: [{ name: 'profile', programId: '1016', points: '50', fields: ['firstname', 'customFields.nickname'] }],
  });
  await world.given.customers(
    shop,
    {
      id: '11',
      email: 'eleven@example.com',
      type: 'LOYALTY',
      lifetimePurchases: '100.5',
      pointsSummaries: [points('1000', '10')],
    },
    {
      id: '12',
      firstname: 'Zwölf',
      email: 'twelve@example.com',
      externalId: 'XII',
      lifetimePurchases: '7',
      extendedFields: { city: 'York' },
      subscriptions: [optOut],
      pointsSummaries: [points('200', '20'), points('5', '0', '7')],
    },
    { id: '13', type: 'LOYALTY', pointsSummaries: [points('300', '0')] },
    {
      id: '14',
      email: 'fourteen@example.com',
      lastname: 'Fourteen',
      lifetimePurchases: '1.001',
      pointsSummaries: [points('40', '4'), points('2', '0', '7')],
    },
    { id: '15', email: 'fifteen@example.com', pointsSummaries: [points('3', '1')] },
    { id: '16', externalId: 'XVI', lifetimePurchases: '16' },
    { id: '17', type: 'LOYALTY' },
    { id: '18', type: 'LOYALTY', customFields: { age: '46' } },
    { id: '19', type: 'LOYALTY', lifetimePurchases: '99', pointsSummaries: [points('9', '9', '7')] },
    { id: '21', lifetimePurchases: '21', pointsSummaries: [points('21', '1')] },
    { id: '22', type: 'LOYALTY', externalId: 'XXII', lifetimePurchases: '22', pointsSummaries: [points('22', '2')] },
    { id: '23', email: 'twentythree@example.com', lifetimePurchases: '23', pointsSummaries: [points('23', '3')] },
    { id: '24', type: 'LOYALTY' },
    { id: '25', firstname: 'Anna', email: 'twentyfive@example.com' },
    { id: '26', externalId: 'XXVI' },
  );

  await shop.updated({ id: '12', lastname: 'Twelve', customFields: [{ name: 'age', value: '12' }] });
  const standing = await mergeBy(shop, { id: '11', email: 'twelve@example.com', firstname: 'Eleven' });
  await shop.updated({ id: '11', subscriptions: [{ ...optOut, status: 'SUBSCRIBED' }] });

  await shop.updated({ id: '14', customFields: [{ name: 'age', value: '14' }] });
  const undone = await mergeBy(shop, { id: '13', email: 'fourteen@example.com', externalId: 'XIII' });
  await shop.undone(undone);
  await shop.updated({ id: '14', lastname: null });

  const first = await mergeBy(shop, { id: '16', email: 'fifteen@example.com' });
  const second = await mergeBy(shop, { id: '17', externalId: 'XVI' });

  const nickname = [{ name: 'nickname', value: 'Teen' }];
  await shop.updated({ id: '18', firstname: 'Eighteen', customFields: nickname });

  // Two merges by one request, whose target does not survive: 21 and 23 become 22, who has a reward for it.
  const names = { firstname: 'Anna', customFields: nickname };
  const { merges } = await shop.updated({ id: '21', email: 'twentythree@example.com', externalId: 'XXII', ...names });
  if (merges.length !== 2) throw new Error(`${merges.length} merges, not two`);

  await shop.undone(await mergeBy(shop, { id: '24', email: 'twentyfive@example.com' }));
  const again = await mergeBy(shop, { id: '24', email: 'twentyfour@example.com', externalId: 'XXVI' });

  // Another organization, in which the same ids and identifiers are other people's.
  const other = await world.given.organization({ configs });
  await world.given.customers(
    other,
    { id: '11', email: 'eleven@example.com', pointsSummaries: [points('1', '0')] },
    { id: '12', email: 'twelve@example.com', lifetimePurchases: '1' },
  );
  return { shop, url: world.url, standing, undone, first, second, again };
}

async function mergeBy(shop: Shop, input: UpdateInput): Promise<string> {
  const { merges } = await shop.updated(input);
  const [merge] = merges;
  if (merge === undefined || merges.length > 1) throw new Error(`${merges.length} merges, not one`);
  return merge.id;
}
