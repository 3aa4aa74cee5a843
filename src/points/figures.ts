import type { Thousandths } from '../values/decimal.js';

/** The stored figures of a program, in the schema's order. loyaltyPoints is not one: it is worked out, never stored. */
export const figureNames = [
  'redeemed',
  'expired',
  'returned',
  'adjusted',
  'lifetimePoints',
  'cumulativePurchases',
] as const;
export type FigureName = (typeof figureNames)[number];

export type Figures = Readonly<Record<FigureName, Thousandths>>;

export const zeroFigures: Figures = {
  redeemed: 0n,
  expired: 0n,
  returned: 0n,
  adjusted: 0n,
  lifetimePoints: 0n,
  cumulativePurchases: 0n,
};

/** A customer's figures and slab in one loyalty program. */
export interface PointsSummary extends Figures {
  readonly slabSerialNumber: number | null;
  readonly slabExpiresOn: number | null;
}

/** The identity of the behaviour page: lifetimePoints − redeemed − expired − returned + adjusted. */
export function loyaltyPoints(figures: Figures): Thousandths {
  return figures.lifetimePoints - figures.redeemed - figures.expired - figures.returned + figures.adjusted;
}

export function mapFigures(make: (name: FigureName) => Thousandths): Figures {
  return {
    redeemed: make('redeemed'),
    expired: make('expired'),
    returned: make('returned'),
    adjusted: make('adjusted'),
    lifetimePoints: make('lifetimePoints'),
    cumulativePurchases: make('cumulativePurchases'),
  };
}

export const addFigures = (a: Figures, b: Figures): Figures => mapFigures((name) => a[name] + b[name]);
export const subtractFigures = (a: Figures, b: Figures): Figures => mapFigures((name) => a[name] - b[name]);
export const negateFigures = (a: Figures): Figures => mapFigures((name) => -a[name]);
export const isZero = (a: Figures): boolean => figureNames.every((name) => a[name] === 0n);
