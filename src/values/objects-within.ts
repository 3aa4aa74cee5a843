/** The objects and lists within a value of JSON, itself included, in no order. Not by recursion: a body may be deeper than the stack. */
export function* objectsWithin(value: unknown): Generator<object> {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== 'object' || next === null) continue;
    yield next;
    for (const inner of Object.values(next)) if (typeof inner === 'object') pending.push(inner);
  }
}
