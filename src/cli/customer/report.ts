import Table from 'cli-table3';
import colors from 'picocolors';
import { printable, printableJson } from '../printable.js';
import { customerRows } from './customer-rows.js';
import type {
  ChangePartsFragment,
  CustomerPartsFragment,
  ErrorPartsFragment,
  FindCustomerQuery,
  UndoMergeMutation,
  UpdatePartsFragment,
} from './generated/graphql.js';
import type { Terminal } from './terminal.js';

type Found = NonNullable<FindCustomerQuery['customer']>;
type Undone = UndoMergeMutation['undoCustomerMerge'];
type Cell = string | number | null | undefined;

/** Says what the API answered: tables, or on `json` the payload as it came. Nothing of it can move a terminal's cursor. */
export interface Report {
  json(payload: unknown): void;
  line(text: string): void;
  customer(customer: CustomerPartsFragment): void;
  audit(log: NonNullable<Found['auditLog']>): void;
  ledger(ledger: NonNullable<Found['ledger']>): void;
  update(payload: UpdatePartsFragment): void;
  undo(payload: Undone): void;
  /** On stderr: each fault with its path, words and numbers. */
  faults(errors: readonly ErrorPartsFragment[]): void;
  /** On stderr, lines that are no fault of the data. */
  failure(lines: readonly string[]): void;
}

export function createReport({ stdout, stderr }: Terminal, env: NodeJS.ProcessEnv): Report {
  const onStdout = colors.createColors(hasColors(stdout, env));
  const onStderr = colors.createColors(hasColors(stderr, env));

  const line = (text: string): void => void stdout.write(`${text}\n`);
  const sayError = (text: string): void => void stderr.write(`${text}\n`);

  function table(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
    if (rows.length === 0) return;
    const drawn = new Table({ head: head.map(onStdout.bold), style: { head: [], border: [], compact: true } });
    drawn.push(...rows.map((cells) => cells.map((cell) => printable(String(cell ?? '')))));
    line(`${onStdout.cyan(title)}\n${drawn.toString()}`);
  }

  const changes = (title: string, changed: readonly ChangePartsFragment[]): void => {
    table(
      title,
      ['field', 'before', 'after', 'rule'],
      changed.map(({ field, previous, current, rule }) => [field, previous, current, rule]),
    );
  };

  const customer = (shown: CustomerPartsFragment, title = 'Customer'): void => {
    table(title, ['field', 'value'], customerRows(shown));
  };

  function merges(merged: UpdatePartsFragment['merges']): void {
    for (const { id, survivorId, victimId, matchedOn, balances } of merged) {
      const matched = matchedOn.map(({ type, value }) => `${type} ${value}`).join(', ');
      line(printable(`Merge ${id}: ${victimId} into ${survivorId}, by ${matched}`));
      table(
        'Figures',
        ['program', 'figure', 'survivor', 'victim', 'after'],
        balances.map((balance) => [
          balance.programId,
          balance.figure,
          balance.survivorBefore,
          balance.victimBefore,
          balance.after,
        ]),
      );
    }
  }

  const faultLine = ({
    code,
    message,
    field,
    legacyCode,
  }: Omit<ErrorPartsFragment, 'code'> & { code: string }): string =>
    printable(`${field.length === 0 ? '' : `${field.join('.')}: `}${message} (${code}, ${legacyCode})`);

  return {
    json: (payload) => {
      line(printableJson(payload));
    },
    line: (text) => {
      line(printable(text));
    },
    customer,
    audit({ edges, pageInfo }) {
      table(
        'Audit log',
        ['at', 'customer', 'version', 'action', 'by', 'field', 'before', 'after', 'rule', 'merge'],
        edges.flatMap(({ node }) => auditRows(node)),
      );
      if (edges.length === 0) line('No update or merge has changed it yet');
      if (pageInfo.hasNextPage) line('There is more; these are the newest');
    },
    ledger({ edges, pageInfo }) {
      table(
        'Ledger',
        [
          'at',
          'kind',
          'program',
          'lifetime',
          'redeemed',
          'expired',
          'returned',
          'adjusted',
          'purchases',
          'rule',
          'merge',
        ],
        edges.map(({ node: { at, kind, programId, rule, mergeId, ...figures } }) => {
          const { lifetimePoints, redeemed, expired, returned, adjusted, cumulativePurchases } = figures;
          const differences = [lifetimePoints, redeemed, expired, returned, adjusted, cumulativePurchases];
          return [at, kind, programId, ...differences, rule, mergeId];
        }),
      );
      if (pageInfo.hasNextPage) line('There is more; these are the newest');
    },
    update(payload) {
      merges(payload.merges);
      changes('Changes', payload.changes);
      for (const { rule, programId, awardedPoints, totalPoints } of payload.sideEffects) {
        line(
          printable(`Reward ${rule}: ${awardedPoints} points in program ${programId}, which has ${totalPoints} now`),
        );
      }
      if (payload.customer !== null) customer(payload.customer);
      if (payload.replayed) line('This update had been done before: nothing was done twice');
      for (const warning of payload.warnings) sayError(onStderr.yellow(faultLine(warning)));
    },
    undo({ restored, survivor, changes: changed, kept }) {
      changes('Went back', changed);
      changes('Stayed, since a request has said so', kept);
      if (restored !== null) customer(restored, 'Restored');
      if (survivor !== null) customer(survivor, 'Survivor');
    },
    faults(errors) {
      for (const error of errors) sayError(onStderr.red(faultLine(error)));
    },
    failure(lines) {
      for (const text of lines) sayError(onStderr.red(printable(text)));
    },
  };
}

/** One row for each value that an event changed; one for an event without any. */
function auditRows(node: NonNullable<Found['auditLog']>['edges'][number]['node']): Cell[][] {
  const { at, customerId, version, action, client, tillCode, changes, mergeId } = node;
  const by = tillCode === null || tillCode === client ? client : `${client} (${tillCode})`;
  const event = [at, customerId, version, action, by];
  if (changes.length === 0) return [[...event, '', '', '', '', mergeId]];
  return changes.map(({ field, previous, current, rule }) => [...event, field, previous, current, rule, mergeId]);
}

/** On a terminal, where nobody asks for none (https://no-color.org). */
const hasColors = (
  { isTTY }: { readonly isTTY?: boolean },
  { NO_COLOR: none, TERM: kind }: NodeJS.ProcessEnv,
): boolean => isTTY === true && (none === undefined || none === '') && kind !== 'dumb';
