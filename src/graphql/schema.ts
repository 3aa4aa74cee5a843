import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';

/** A resolver class, as type-graphql knows it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- type-graphql's own type for one
export type ResolverClass = Function;

/**
 * The schema that the resolver classes declare. `instances` are what its fields are resolved by; without them it can be
 * printed, not executed. Throws where the declarations don't make a valid schema.
 */
export function createSchema(
  resolvers: readonly ResolverClass[],
  instances: ReadonlyMap<ResolverClass, object>,
): GraphQLSchema {
  const [first, ...others] = resolvers;
  if (first === undefined) throw new Error('A schema needs at least one resolver class');
  return buildSchemaSync({
    resolvers: [first, ...others],
    // class-validator is slow, and its errors repeat the whole input; the planner validates.
    validate: false,
    container: {
      get(resolver: ResolverClass) {
        const instance = instances.get(resolver);
        if (instance === undefined) throw new Error(`No instance of ${resolver.name}`);
        return instance;
      },
    },
  });
}
