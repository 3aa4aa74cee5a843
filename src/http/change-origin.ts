import type { ChangeOrigin } from '../audit/audit-event.js';
import type { Caller } from '../organization/caller.js';
import type { RequestContext } from './request-context.js';

/** Who asks for a change, as its audit events keep it; the user context is null where the client says nothing of it. */
export function changeOrigin(
  { requestId, userContext }: Pick<RequestContext, 'requestId' | 'userContext'>,
  caller: Caller,
): ChangeOrigin {
  const isGiven = Object.values(userContext).some((part) => part !== null);
  return { requestId, client: caller.id, tillCode: caller.till, userContext: isGiven ? userContext : null };
}
