/** A value of JSON and all that are within it, in no order. Not by recursion: a body may be deeper than the stack. */
export function* valuesWithin(value: unknown): Generator {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    yield next;
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) pending.push(inner);
  }
}
