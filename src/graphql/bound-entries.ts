import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from '../http/request-context.js';
import { costOfEntry, ENTRIES } from './cost.js';

/** Counts the entries of the list that is being resolved. Throws where those of its request cost more than they may. */
export type BoundEntries = (entries: number, context: RequestContext, info: GraphQLResolveInfo) => void;

/**
 * Holds lists that grow without anybody saying how long they are to `maxCost` once more: what one request finds beyond the
 * entries that its cost was reckoned with. To be asked before they are read.
 */
export function boundEntries(maxCost: number): BoundEntries {
  const found = new WeakMap<RequestContext, number>();
  return (entries, context, info) => {
    if (entries <= ENTRIES) return;
    const cost = (found.get(context) ?? 0) + (entries - ENTRIES) * costOfEntry(info);
    if (cost > maxCost) {
      const is = `With ${entries} entries of ${info.fieldName} the answer costs more than ${maxCost} (MAX_COST)`;
      throw new GraphQLError(`${is}: ask for fewer customers or fields`, {
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      });
    }
    found.set(context, cost);
  };
}
