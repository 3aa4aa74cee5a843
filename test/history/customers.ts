import type { CustomerSetting } from '../support/settings.js';

// Few customers, so that everybody meets: some that are only updated, and pairs that are merged and come apart again.

export const SINGLES = 4;
export const PAIRS = 2;

export const singleId = (index: number): string => String(1 + index);
export const survivorId = (pair: number): string => String(101 + pair);
export const victimId = (pair: number): string => String(201 + pair);
export const victimEmail = (pair: number): string => `victim-${pair}@example.com`;

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const customers: readonly CustomerSetting[] = [
  ...indexes(SINGLES).map((index) => ({ id: singleId(index), mobile: `+44770090000${index}` })),
  ...indexes(PAIRS).flatMap((pair) => [
    { id: survivorId(pair), mobile: `+44770090010${pair}` },
    { id: victimId(pair), mobile: null, email: victimEmail(pair) },
  ]),
].map((customer) => ({ ...customer, type: 'LOYALTY' }));
