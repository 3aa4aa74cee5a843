/**
 * Ends a `switch` over a closed set: the compiler refuses the call while a member is not handled. Throws when a value
 * from outside the program (a row, a settings file) got past its check.
 */
export function assertUnreachable(value: never): never {
  throw new Error(`Not a member of its closed set: ${String(value)}`);
}
