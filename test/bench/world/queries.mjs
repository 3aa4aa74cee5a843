import { mobile } from './shop.mjs';
import { createRandom } from './updates.mjs';

/** Every field that a customer has. */
export const QUERY = `query ($mobile: String!) {
  customer(mobile: $mobile) {
    userId version firstname lastname mobile email externalId
    aliases { type value }
    type fraudStatus registeredOn registeredTill associatedWith updatedOn
    lifetimePoints loyaltyPoints lifetimePurchases currentSlab tierExpiryDate
    pointsSummaries {
      programId redeemed expired returned adjusted lifetimePoints loyaltyPoints cumulativePurchases
      currentSlab slabSNo slabExpiryDate nextSlab nextSlabSerialNumber nextSlabDescription
    }
    customFields { name value }
    extendedFields { name value }
    subscriptions { channel priority status }
    merges { id survivorId victimId mergedAt undoneAt }
    auditLog(first: 10) {
      edges { cursor node { id customerId at action version requestId client tillCode changes { field previous current rule } mergeId } }
      pageInfo { hasNextPage endCursor }
    }
    ledger(first: 10) {
      edges { cursor node { id at kind programId lifetimePoints redeemed expired returned adjusted cumulativePurchases rule mergeId } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** Customers by mobile, at random. */
export function createQueries({ customers, seed = 1 }) {
  const random = createRandom(seed);
  return { next: () => ({ mobile: mobile(Math.floor(random() * customers)) }) };
}
