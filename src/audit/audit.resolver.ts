import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { BoundEntries } from '../graphql/bound-entries.js';
import type { RequestContext } from '../http/request-context.js';
import { AuditEventType, FieldChangeType } from './audit.type.js';

@Resolver(() => AuditEventType)
export class AuditEventResolver {
  constructor(private readonly boundEntries: BoundEntries) {}

  @FieldResolver()
  changes(
    @Root() { changes }: AuditEventType,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): readonly FieldChangeType[] {
    this.boundEntries(changes.length, context, info);
    return changes;
  }
}
