/** Why a value changed: by the request, by its side effects, by an undo, by an erasure, or by one of the merge rules. */
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
  ERASED: 'ERASED',
} as const;
export type ChangeRule = (typeof ChangeRule)[keyof typeof ChangeRule];

/** Whether it is a figure or slab that changed: a number of the organization's books, which no erasure takes. */
export const isFigureChange = ({ field }: Pick<FieldChange, 'field'>): boolean =>
  field === 'lifetimePurchases' || field.startsWith('pointsSummaries.');

/** One stored value before and after, as the API shows it. */
export interface FieldChange {
  /** mobile, customFields.age, subscriptions.SMS.BULK, pointsSummaries.1016.redeemed, aliases.EMAIL … */
  readonly field: string;
  readonly previous: string | null;
  readonly current: string | null;
  readonly rule: ChangeRule;
}
