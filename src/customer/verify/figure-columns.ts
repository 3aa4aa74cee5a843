import { figureNames, type FigureName } from '../../points/figures.js';
import { readDecimal } from '../../values/decimal.js';

const columnOf = (figure: FigureName): string => figure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The figures with the columns that hold them, in thousandths, in points_summary and in ledger_entry alike. */
export const figureColumns = figureNames.map((figure) => ({ figure, column: columnOf(figure) }));

const bound = String(readDecimal('999999999999.999'));

/** How a condition is answered, by SQLite and by PostgreSQL. */
export type Truth = 0 | 1 | boolean;

/** Whether a column, or what is worked out of columns, is a Decimal in thousandths. Only SQLite lets a bigint be a float. */
export const isDecimal = (value: string): string =>
  `(${value} = round(${value}) AND ${value} BETWEEN -${bound} AND ${bound})`;

const greatest = Number.MAX_SAFE_INTEGER;

/**
 * The column, or 0 where it is nothing that could ever be summed: a fraction, or beyond 2^53, where a thousand rows
 * might be too much for an integer and fail the statement. What is no Decimal is told by itself.
 */
export const exact = (column: string): string =>
  `CASE WHEN ${column} = round(${column}) AND ${column} BETWEEN -${greatest} AND ${greatest} THEN ${column} ELSE 0 END`;

/** A list of a statement's columns, one for each figure under the figure's name. */
export const forEachFigure = (make: (column: string) => string): string =>
  figureColumns.map(({ figure, column }) => `${make(column)} AS "${figure}"`).join(', ');

/** How a program's figure, or lifetimePurchases where there is no program, is called in changes. */
export function figurePath(programId: string | null, figure: FigureName): string {
  if (programId !== null) return `pointsSummaries.${programId}.${figure}`;
  return figure === 'cumulativePurchases' ? 'lifetimePurchases' : `${figure} without a program`;
}

/** Of a row with a truth value for each figure, the paths of those that are true. */
export const markedPaths = (programId: string | null, marks: Readonly<Record<FigureName, Truth>>): string[] =>
  figureNames.filter((figure) => marks[figure]).map((figure) => figurePath(programId, figure));
