import { randomUUID } from 'node:crypto';
import { CustomerCommandFault } from './fault.js';
import {
  FindCustomerDocument,
  PreviewUpdateDocument,
  UndoMergeDocument,
  UpdateCustomerDocument,
  type UpdateCustomerInput,
  type UpdatePartsFragment,
} from './generated/graphql.js';
import type { Identifiers } from './input-options.js';
import type { Report } from './report.js';
import { request, type Connection } from './request.js';
import { askYes, canAsk, type Terminal } from './terminal.js';

/** With what a command is carried out. Each answers whether it succeeded, and throws CustomerCommandFault where it could not be. */
export interface Means {
  readonly connection: Connection;
  readonly report: Report;
  readonly terminal: Terminal;
  /** The payload alone is wanted, as JSON. */
  readonly isJson: boolean;
}

export interface Logs {
  readonly audit: boolean;
  readonly ledger: boolean;
}

export async function find({ connection, report, isJson }: Means, by: Identifiers, logs: Logs): Promise<boolean> {
  const variables = { ...by, withAudit: logs.audit, withLedger: logs.ledger };
  const customer = await request(connection, FindCustomerDocument, 'customer', variables);
  if (isJson) report.json(customer);
  if (customer === null) {
    report.failure(['Nobody has that']);
    return false;
  }
  if (!isJson) {
    report.customer(customer);
    if (customer.auditLog !== undefined) report.audit(customer.auditLog);
    if (customer.ledger !== undefined) report.ledger(customer.ledger);
  }
  return true;
}

export async function preview(means: Means, input: UpdateCustomerInput): Promise<boolean> {
  const payload = await askPreview(means, input);
  const isSuccess = tell(means, payload);
  if (isSuccess && !means.isJson) means.report.line(`Nothing is stored. Plan hash: ${payload.planHash ?? ''}`);
  return isSuccess;
}

/** Updates by a key, a new one where none is given, by which it can be sent again if no answer comes. */
export async function update(means: Means, input: UpdateCustomerInput): Promise<boolean> {
  const idempotencyKey = input.idempotencyKey ?? randomUUID();
  const hint = `It may be stored nevertheless. The same with --idempotency-key ${idempotencyKey} does it once only`;
  return tell(means, await orHint(askUpdate(means, { ...input, idempotencyKey }), hint));
}

/** Shows what a merge would do, asks whether to, and does exactly that. */
export async function merge(means: Means, identifiers: Identifiers, isAgreed: boolean): Promise<boolean> {
  const { report, terminal, isJson } = means;
  if (!isAgreed && (isJson || !canAsk(terminal))) {
    throw new CustomerCommandFault(['Nobody can be asked here whether to merge: --yes says so']);
  }
  const previewed = await askPreview(means, { ...identifiers });
  if (!previewed.success) return tell(means, previewed);
  if (previewed.merges.length === 0) {
    report.failure(['There is nothing to merge: no two customers have these']);
    return false;
  }
  if (!isAgreed) {
    report.update(previewed);
    if (!(await askYes(terminal, 'Merge?'))) {
      report.failure(['Nothing was merged']);
      return false;
    }
  }
  const idempotencyKey = randomUUID();
  const asked = askUpdate(means, { ...identifiers, expectedPlanHash: previewed.planHash, idempotencyKey });
  return tell(means, await orHint(asked, 'It may be merged nevertheless: look before you try again'));
}

export async function undo({ connection, report, isJson }: Means, mergeId: string): Promise<boolean> {
  const asked = request(connection, UndoMergeDocument, 'undoCustomerMerge', { mergeId });
  const payload = await orHint(asked, 'It may be undone nevertheless: look before you try again');
  if (isJson) report.json(payload);
  else report.undo(payload);
  report.faults(payload.errors);
  return payload.success;
}

const askPreview = ({ connection }: Means, input: UpdateCustomerInput): Promise<UpdatePartsFragment> =>
  request(connection, PreviewUpdateDocument, 'previewCustomerUpdate', { input });

const askUpdate = ({ connection }: Means, input: UpdateCustomerInput): Promise<UpdatePartsFragment> =>
  request(connection, UpdateCustomerDocument, 'updateCustomer', { input });

/** Where no answer comes to what may be done all the same, the hint stands behind the reason. */
async function orHint<Answer>(asked: Promise<Answer>, hint: string): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof CustomerCommandFault) || !error.mayBeDone) throw error;
    throw new CustomerCommandFault([...error.lines, hint]);
  }
}

function tell({ report, isJson }: Means, payload: UpdatePartsFragment): boolean {
  if (isJson) report.json(payload);
  else report.update(payload);
  report.faults(payload.errors);
  return payload.success;
}
