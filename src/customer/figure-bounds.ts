import { figureNames, loyaltyPoints } from '../points/figures.js';
import { isWithinDecimalBounds } from '../values/decimal.js';
import type { Account } from './account.js';

/** Whether every figure of a customer, those that are worked out among them, is a Decimal: can be stored and answered. */
export function areFiguresWithinBounds({ summaries, lifetimePurchases }: Account): boolean {
  const all = [...summaries.values()];
  const points = all.map(loyaltyPoints);
  const sum = (values: bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  return [
    lifetimePurchases,
    ...all.flatMap((summary) => figureNames.map((name) => summary[name])),
    ...points,
    sum(points),
    sum(all.map(({ lifetimePoints }) => lifetimePoints)),
  ].every(isWithinDecimalBounds);
}
