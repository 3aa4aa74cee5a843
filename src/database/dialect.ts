import type { DataSource } from 'typeorm';
import type { DatabaseSettings } from '../settings.js';

/** What there is for each database, side by side. */
export type ByDatabase<T> = Readonly<Record<DatabaseSettings['kind'], T>>;

/** That of the database which the connection is to: the one place that asks which one it is. */
export function forDatabase<T>({ options: { type } }: DataSource, choices: ByDatabase<T>): T {
  if (type === 'sqlite' || type === 'postgres') return choices[type];
  throw new Error(`There is no ${type} here`);
}
