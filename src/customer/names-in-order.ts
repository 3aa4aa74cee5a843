/**
 * The names that an organization defines, in its order, then all others that the maps have, by their text: an import may
 * have stored what settings that were read some seconds ago do not know, and nothing of it may be lost. Pure.
 */
export function namesInOrder(
  defined: readonly string[],
  ...maps: readonly ReadonlyMap<string, unknown>[]
): readonly string[] {
  const known = new Set(defined);
  const others = new Set(maps.flatMap((map) => [...map.keys()]).filter((name) => !known.has(name)));
  return others.size === 0 ? defined : [...defined, ...[...others].sort()];
}
