/** A ready example, on the data of demo/northwind.json. */
export interface ExplorerTab {
  readonly name: string;
  readonly query: string;
  readonly variables: object;
}

const DORA = { mobile: '07700 900115', email: 'dora.ejemplo@example.org' };

/** In the order in which they are told: what a preview shows, the merge does, and the undo takes back. */
export const explorerTabs: readonly ExplorerTab[] = [
  {
    name: 'Update',
    query: `# A name and a custom field. Where it makes a profile complete, a reward rule gives points.
mutation Update($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) {
    success
    customer { userId version firstname lastname mobile email loyaltyPoints }
    changes { field previous current rule }
    sideEffects { rule awardedPoints totalPoints }
    warnings { code message field }
    errors { code message field }
  }
}
`,
    variables: {
      input: { mobile: '+44 7700 900111', lastname: 'James-Okafor', customFields: [{ name: 'age', value: '47' }] },
    },
  },
  {
    name: 'Preview of a merge',
    query: `# Two identifiers, two accounts: shows what an update would do, and stores nothing.
query Preview($input: UpdateCustomerInput!) {
  previewCustomerUpdate(input: $input) {
    success
    merges {
      survivorId victimId
      matchedOn { type value }
      balances { programId figure survivorBefore victimBefore after }
    }
    changes { field previous current rule }
    planHash
    errors { code message field }
  }
}
`,
    variables: { input: DORA },
  },
  {
    name: 'Merge',
    query: `# The same input as an update: it merges. With the preview's planHash as expectedPlanHash it does exactly that, or nothing.
# The merge's id, which the answer has, is what the tab "Undo" asks for.
mutation Merge($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) {
    success
    merges {
      id survivorId victimId
      balances { programId figure survivorBefore victimBefore after }
    }
    customer { userId version mobile email loyaltyPoints currentSlab }
    errors { code message field }
  }
}
`,
    variables: { input: DORA },
  },
  {
    name: 'Undo',
    query: `# Put the merge's id into the variables: the answer of the tab "Merge" has it, and so has
#   { customer(mobile: "07700 900115") { merges { id } } }
mutation Undo($mergeId: ID!) {
  undoCustomerMerge(mergeId: $mergeId) {
    success
    restored { userId version email loyaltyPoints currentSlab }
    survivor { userId version email loyaltyPoints currentSlab }
    kept { field previous current rule }
    errors { code message field }
  }
}
`,
    variables: { mergeId: '' },
  },
  {
    name: 'Audit log and ledger',
    query: `# What changed, by whom and under which request id, and why each figure is what it is.
query History($mobile: String!) {
  customer(mobile: $mobile) {
    userId version
    auditLog(first: 10) {
      edges { node { at action version requestId client tillCode mergeId changes { field previous current rule } } }
      pageInfo { hasNextPage endCursor }
    }
    ledger(first: 10) {
      edges { node { at kind programId lifetimePoints redeemed expired cumulativePurchases rule mergeId } }
    }
  }
}
`,
    variables: { mobile: DORA.mobile },
  },
  {
    name: 'Batch',
    query: `# Each item as if in its own transaction: the third one has a fault, and leaves the others in place.
mutation Batch($inputs: [UpdateCustomerInput!]!) {
  updateCustomers(inputs: $inputs) {
    total
    successCount
    results {
      success
      customer { userId version firstname lastname }
      errors { code message field legacyCode }
    }
  }
}
`,
    variables: {
      inputs: [
        { mobile: '+44 7700 900112', lastname: 'Example-Jones' },
        { mobile: '+44 7700 900113', customFields: [{ name: 'favouriteAisle', value: 'Garden' }] },
        { mobile: '+44 7700 900114', registeredTill: 'till.nowhere' },
      ],
    },
  },
];
