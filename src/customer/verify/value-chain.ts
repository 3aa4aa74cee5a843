import { isFigureChange } from '../../audit/field-change.js';
import type { ValueChange } from '../account-changes.js';
import type { StoredValues } from './stored-values.js';
import { valueKey } from './value-key.js';

/** Which fields a difference may be in, told by the key of a value and what was known of it. */
type IsExpected = (key: string, left: string | null) => boolean;

/**
 * What a customer's events, one after the other, say of its values. A value that none of them has named is not known;
 * an alias is a value of its own, told apart from others by what it is.
 */
export class ValueChain {
  private readonly known = new Map<string, string | null>();
  private isComplete = false;

  /** Takes the event's changes in. Answers the fields whose previous is not what the events before had left. */
  follow(changes: readonly ValueChange[]): string[] {
    const broken: string[] = [];
    for (const change of changes) {
      const key = valueKey(change);
      const left = this.left(key);
      if (left !== undefined && left !== change.previous) broken.push(change.field);
      this.known.set(key, change.current);
    }
    return broken;
  }

  /** The same for an event whose values were erased, figures aside: what it has changed is not known from here on. */
  followErased(changes: readonly ValueChange[]): string[] {
    const erased = new Set(changes.filter((change) => !isFigureChange(change)).map(({ field }) => field));
    for (const key of this.known.keys()) if (erased.has(fieldOf(key))) this.known.delete(key);
    if (erased.size > 0) this.isComplete = false;
    return this.follow(changes.filter(isFigureChange));
  }

  /** The fields in which the values are others than the events have left, but for those that `isExpected`. */
  differences(values: StoredValues, isExpected: IsExpected = () => false): string[] {
    const keys = new Set([...this.known.keys(), ...(this.isComplete ? values.keys() : [])]);
    return [...keys]
      .filter((key) => {
        const left = this.left(key);
        return left !== undefined && left !== (values.get(key) ?? null) && !isExpected(key, left);
      })
      .map(fieldOf);
  }

  /**
   * The fields in which the values are others than the events have left, or than the changes say where no event does; of
   * values that are not given, those that the changes name are held to be null, and the others not judged.
   */
  differencesOfChanged(values: StoredValues, changes: readonly ValueChange[]): string[] {
    const previous = new Map(changes.map((change) => [valueKey(change), change.previous]));
    const keys = new Set([...previous.keys(), ...values.keys()]);
    return [...keys].filter((key) => {
      const known = this.left(key);
      const left = known === undefined ? previous.get(key) : known;
      return left !== undefined && left !== (values.get(key) ?? null);
    });
  }

  /** From here on nothing is known, as of a customer that was merged away. */
  forget(): void {
    this.known.clear();
    this.isComplete = false;
  }

  /** From here on the values are these and no others, as of a customer that an undo brought back. */
  restart(values: StoredValues): void {
    this.forget();
    for (const [key, value] of values) this.known.set(key, value);
    this.isComplete = true;
  }

  isEmpty(): boolean {
    return this.known.size === 0 && !this.isComplete;
  }

  private left(key: string): string | null | undefined {
    return this.known.get(key) ?? (this.known.has(key) || this.isComplete ? null : undefined);
  }
}

/** An alias's key ends in its value, which is a person's. */
const fieldOf = (key: string): string => (key.startsWith('aliases.') ? key.slice(0, key.indexOf(' ')) : key);
