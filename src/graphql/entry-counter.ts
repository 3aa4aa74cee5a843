import { Kind, type ValueNode } from 'graphql';
import { objectsWithin } from '../values/objects-within.js';
import type { CalledOperation } from './cost.js';

/** Counts the entries of all lists within the value of an argument. The work for a variable is done once, however often it is used. */
export function createEntryCounter({
  operation,
  variables,
}: Pick<CalledOperation, 'operation' | 'variables'>): (node: ValueNode) => number {
  const counted = new Map<string, number>();

  function ofNode(node: ValueNode): number {
    if (node.kind === Kind.LIST) return node.values.reduce((sum, value) => sum + ofNode(value), node.values.length);
    if (node.kind === Kind.OBJECT) return node.fields.reduce((sum, { value }) => sum + ofNode(value), 0);
    return node.kind === Kind.VARIABLE ? ofVariable(node.name.value) : 0;
  }
  function ofVariable(name: string): number {
    const known = counted.get(name);
    if (known !== undefined) return known;
    const fallback = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
    const number = Object.hasOwn(variables, name)
      ? entriesWithin(variables[name])
      : fallback === undefined
        ? 0
        : ofNode(fallback);
    counted.set(name, number);
    return number;
  }
  return ofNode;
}

function entriesWithin(value: unknown): number {
  let entries = 0;
  for (const one of objectsWithin(value)) if (Array.isArray(one)) entries += one.length;
  return entries;
}
