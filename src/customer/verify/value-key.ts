import type { ValueChange } from '../account-changes.js';

/** Which value the change is of: a customer may have several aliases of a type, which are told apart by their text. */
export const valueKey = ({ field, previous, current }: ValueChange): string =>
  field.startsWith('aliases.') ? `${field} ${current ?? previous ?? ''}` : field;
