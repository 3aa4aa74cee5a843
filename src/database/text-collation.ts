import type { DataSource, TableColumnOptions } from 'typeorm';
import { forDatabase } from './dialect.js';

/** SQLite compares texts by their bytes; PostgreSQL would by the language of the machine on which it was set up. */
export const textCollation = (connection: DataSource): Pick<TableColumnOptions, 'collation'> =>
  forDatabase(connection, { sqlite: {}, postgres: { collation: 'C' } });
