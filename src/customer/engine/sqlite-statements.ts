import type { Statements } from './statements.js';
import {
  batchSteps,
  guardedSteps,
  isGuarded,
  writeStatements,
  type BatchStep,
  type GuardedStep,
} from './write-statements.js';

const selectRecords = `
  SELECT r.organization_id AS organizationId, r.client_id AS clientId, r.key, r.input_hash AS inputHash,
         r.customer_id AS customerId, r.answer, r.created_at AS createdAt
    FROM jsonb_each($1) AS sought
    CROSS JOIN idempotency_record AS r
      ON r.organization_id = sought.value ->> 0 AND r.client_id = sought.value ->> 1 AND r.key = sought.value ->> 2`;

// CROSS JOIN keeps SQLite from starting at the table: each row of the batch is one look-up of a key.
const selectAccounts = `
  WITH found AS (
    SELECT sought.value ->> 0 AS organization_id, sought.value ->> 1 AS id FROM jsonb_each($1) AS sought
    UNION
    SELECT i.organization_id, i.customer_id
      FROM jsonb_each($2) AS sought
      CROSS JOIN customer_identifier AS i
        ON i.organization_id = sought.value ->> 0 AND i.type = sought.value ->> 1 AND i.value = sought.value ->> 2
  ), involved AS (
    SELECT organization_id, id FROM found
    UNION
    SELECT c.organization_id, c.merged_into
      FROM found CROSS JOIN customer AS c ON c.organization_id = found.organization_id AND c.id = found.id
     WHERE c.merged_into IS NOT NULL
  )
  SELECT c.*,
    (SELECT json_group_array(m.id) FROM customer AS m
      WHERE m.organization_id = c.organization_id AND m.merged_into = c.id) AS merged_ids,
    (SELECT json_group_array(json_array(i.type, i.value, i.is_alias)) FROM customer_identifier AS i
      WHERE i.organization_id = c.organization_id AND i.customer_id = c.id) AS identifiers,
    (SELECT json_group_array(json_array(f.kind, f.name, f.value)) FROM customer_field AS f
      WHERE f.organization_id = c.organization_id AND f.customer_id = c.id) AS fields,
    (SELECT json_group_array(json_array(s.channel, s.priority, s.status, s.merge_id)) FROM subscription AS s
      WHERE s.organization_id = c.organization_id AND s.customer_id = c.id) AS subscriptions,
    (SELECT json_group_array(json_array(p.program_id, p.redeemed, p.expired, p.returned, p.adjusted,
        p.lifetime_points, p.cumulative_purchases, p.slab_serial_number, p.slab_expires_on)) FROM points_summary AS p
      WHERE p.organization_id = c.organization_id AND p.customer_id = c.id) AS summaries,
    (SELECT json_group_array(h.rule) FROM reward_had AS h
      WHERE h.organization_id = c.organization_id AND h.customer_id = c.id) AS rewards_had,
    (SELECT json_array(position, hash) FROM audit_head
      WHERE audit_head.organization_id = c.organization_id) AS audit_head
  FROM involved CROSS JOIN customer AS c ON c.organization_id = involved.organization_id AND c.id = involved.id`;

const writes = writeStatements(
  // jsonb_each hands each row on in binary: json_each would write it as text, and each cell would parse it anew.
  (columns) =>
    `SELECT ${columns.map(([name], index) => `value ->> ${index} AS ${name}`).join(', ')} FROM jsonb_each($1)`,
);

const allUpdated = (name: GuardedStep): string => `
  SELECT RAISE(ABORT, '${guardedSteps[name]}') WHERE changes() <> coalesce(json_array_length(NEW.${name}), 0);`;

const step = (name: BatchStep): string => writes[name].replaceAll('$1', `NEW.${name}`);

// Each statement is a wait for SQLite's thread and, on a busy service, a longer one for the event loop. So a batch is one
// insert into a view of its columns, and a trigger of that view does the work inside SQLite. Both are this connection's.
const wholeBatch = {
  schema: [
    `CREATE TEMP VIEW IF NOT EXISTS batch AS SELECT ${batchSteps.map((name) => `NULL AS ${name}`).join(', ')}`,
    `CREATE TEMP TRIGGER IF NOT EXISTS write_batch INSTEAD OF INSERT ON batch BEGIN
       ${batchSteps.map((name) => `${step(name)};${isGuarded(name) ? allUpdated(name) : ''}`).join('\n')}
     END`,
  ],
  statement: `INSERT INTO batch VALUES (${batchSteps.map((_, index) => `$${index + 1}`).join(', ')})`,
};

/** SQLite's words of load and write. */
export const sqliteStatements: Statements = {
  ...writes,
  wholeBatch,
  selectRecords,
  selectAccounts,
  lockAccounts: null,
  appendEvents: null,
  selectStandingMerges: `
    SELECT id, survivor_id AS "survivorId", victim_id AS "victimId", merged_at AS "mergedAt",
           matched_on AS "matchedOn", changes, balances, position
      FROM (SELECT merge.*, asked.value ->> 3 AS position
              FROM json_each($1) AS asked CROSS JOIN customer_merge AS merge
             WHERE merge.organization_id = asked.value ->> 0 AND merge.survivor_id = asked.value ->> 1
               AND merge.sequence <= asked.value ->> 2 AND merge.undone_at IS NULL
            UNION ALL
            SELECT merge.*, asked.value ->> 3 AS position
              FROM json_each($1) AS asked CROSS JOIN audit_event AS event CROSS JOIN customer_merge AS merge
             WHERE event.organization_id = asked.value ->> 0 AND event.customer_id = asked.value ->> 1
               AND event.sequence > asked.value ->> 2 AND event.action = 'MERGE_UNDONE'
               AND merge.organization_id = event.organization_id AND merge.id = event.merge_id
               AND merge.survivor_id = event.customer_id AND merge.sequence <= asked.value ->> 2
               AND merge.undone_at IS NOT NULL) AS found
     ORDER BY sequence DESC`,
  selectFieldsRequested: `
    SELECT DISTINCT change.value ->> 'field' AS field
      FROM audit_event AS event CROSS JOIN json_each(event.changes) AS change
     WHERE event.organization_id = $1 AND event.customer_id = $2 AND event.sequence > $3
       AND change.value ->> 'rule' = 'REQUEST'`,
  selectStoredIds: `
    SELECT customer.id FROM jsonb_each($1) AS wanted CROSS JOIN customer
     WHERE customer.organization_id = $2 AND customer.id = wanted.value`,
  selectIdentifierOwners: `
    SELECT found.type, found.value, found.customer_id AS "customerId"
      FROM jsonb_each($1) AS wanted CROSS JOIN customer_identifier AS found
     WHERE found.organization_id = $2 AND found.type = wanted.value ->> 0 AND found.value = wanted.value ->> 1`,
  selectOverwritten: `
    SELECT DISTINCT entry.value ->> 1 AS value
      FROM customer_merge AS merge CROSS JOIN json_each(merge.survivor_before, '$.' || $1) AS entry
     WHERE merge.organization_id = $2 AND merge.undone_at IS NULL AND merge.erased_at IS NULL
       AND entry.value ->> 0 = $3`,
  selectUniqueKeys: `
    SELECT json_group_array(part.name) AS columns, list.partial AS "isPartial"
      FROM pragma_index_list($1) AS list CROSS JOIN pragma_index_info(list.name) AS part
     WHERE list."unique" GROUP BY list.name`,
  rowsOfParameter: 'jsonb_each($1)',
  liftStatementTimeout: null,
};
