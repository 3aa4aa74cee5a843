/** Why a value changed: by the request, by its side effects, by an undo, or by one of the merge rules. */
export const ChangeRule = {
  REQUEST: 'REQUEST',
  SIDE_EFFECT: 'SIDE_EFFECT',
  UNDO: 'UNDO',
  FILLED: 'FILLED',
  EARLIEST: 'EARLIEST',
  SUMMED: 'SUMMED',
  HIGHER_SLAB: 'HIGHER_SLAB',
  OPT_OUT_WINS: 'OPT_OUT_WINS',
  FRAUD_WINS: 'FRAUD_WINS',
  OVERWRITTEN: 'OVERWRITTEN',
  ALIAS: 'ALIAS',
} as const;
export type ChangeRule = (typeof ChangeRule)[keyof typeof ChangeRule];

/** One stored value before and after, as the API shows it. */
export interface FieldChange {
  /** mobile, customFields.age, subscriptions.SMS.BULK, pointsSummaries.1016.redeemed, aliases.EMAIL … */
  readonly field: string;
  readonly previous: string | null;
  readonly current: string | null;
  readonly rule: ChangeRule;
}
