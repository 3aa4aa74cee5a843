const inMerge = (name) => `test/customer/merge/${name}.test.ts`;
const inUpdate = (name) => `test/customer/update/${name}.test.ts`;
const merging = ['rules', 'survivor', 'audit-and-ledger', 'request-on-top'].map(inMerge);
const validating = ['step-2-validate', 'canonical-values', 'messages'].map(inUpdate);
const undoing = ['undo', 'rules'].map(inMerge);

/** The files of the planner, and the tests that are about each: a mutant that only others notice has survived. */
export const testsOf = {
  'src/customer/names-in-order.ts': [inMerge('audit-and-ledger')],
  'src/customer/merge/may-merge.ts': [inMerge('may-merge'), inUpdate('messages'), 'test/customer/access.test.ts'],
  'src/customer/merge/placeholders.ts': [inMerge('may-merge'), inUpdate('step-3-target')],
  'src/customer/merge/moved-figures.ts': [inMerge('rules'), inMerge('audit-and-ledger')],
  'src/customer/merge/undo-faults.ts': [inMerge('undo')],
  'src/customer/merge/plan-undo.ts': undoing,
  'src/customer/merge/sides-before.ts': [...undoing, inMerge('record')],
  'src/customer/merge/plan-merge.ts': [...merging, inUpdate('step-8-rewards')],
  'src/customer/merge/plan-merges.ts': [...merging, inMerge('may-merge')],
  'src/customer/update/resolve-target.ts': ['step-3-target', 'messages'].map(inUpdate),
  'src/customer/update/plan-identifiers.ts': [inUpdate('step-5-identifiers'), inMerge('may-merge')],
  'src/customer/update/apply-input.ts': [
    ...['step-7-apply', 'step-8-rewards', 'canonical-values', 'step-9-plan-hash'].map(inUpdate),
    ...['request-on-top', 'survivor'].map(inMerge),
  ],
  'src/customer/update/award-rewards.ts': [inUpdate('step-8-rewards')],
  'src/customer/update/plan-hash.ts': [inUpdate('step-9-plan-hash')],
  'src/customer/update/validate-fields.ts': validating,
  'src/customer/update/validate-input.ts': [...validating, inUpdate('step-1-replay'), 'test/customer/overload.test.ts'],
  'src/customer/update/plan-update.ts': [
    ...['step-2-validate', 'step-5-identifiers', 'step-8-rewards', 'step-9-plan-hash', 'messages'].map(inUpdate),
    ...['request-on-top', 'survivor', 'audit-and-ledger'].map(inMerge),
  ],
  'src/customer/engine/plan-item.ts': [inUpdate('step-1-replay')],
  'src/customer/engine/working-copy.ts': [
    'test/engine/working-copy.test.ts',
    ...['step-1-replay', 'update-customers'].map(inUpdate),
    ...['at-once', 'audit-and-ledger', 'undo'].map(inMerge),
  ],
};
