import { TAG } from '../../audit/audit-chain.js';
import type { Statements } from './statements.js';
import { eventCells, writeStatements, type Column } from './write-statements.js';

/** A cell of the row that is `value`, as its column's type. */
const cell = ([, type]: Column, index: number): string =>
  type === 'text' ? `value ->> ${index}` : `(value ->> ${index})::${type}`;

// The rows that the lists lead to. json and jsonb have numbers as texts, so each id is cast.
const byId = `
    SELECT sought.value ->> 0 AS organization_id, (sought.value ->> 1)::bigint AS id
      FROM jsonb_array_elements($1::jsonb) AS sought`;
const byIdentifier = `
    SELECT i.organization_id, i.customer_id
      FROM jsonb_array_elements($2::jsonb) AS sought
      JOIN customer_identifier AS i
        ON i.organization_id = sought.value ->> 0 AND i.type = sought.value ->> 1 AND i.value = sought.value ->> 2`;
const recordSought = `
    r.organization_id = sought.value ->> 0 AND r.client_id = sought.value ->> 1 AND r.key = sought.value ->> 2`;

const selectRecords = `
  SELECT r.organization_id AS "organizationId", r.client_id AS "clientId", r.key, r.input_hash AS "inputHash",
         r.customer_id AS "customerId", r.answer, r.created_at AS "createdAt"
    FROM jsonb_array_elements($1::jsonb) AS sought JOIN idempotency_record AS r ON ${recordSought}`;

/** The parts of each customer as one JSON array, in the order of their key, as SQLite finds them. */
const parts = (of: string, from: string, customer: string, order: string): string =>
  `(SELECT coalesce(json_agg(${of} ORDER BY ${order}), '[]')::text FROM ${from}
     WHERE ${customer}.organization_id = c.organization_id AND ${customer}`;

const selectAccounts = `
  WITH found AS (${byId}
    UNION${byIdentifier}
  ), involved AS (
    SELECT organization_id, id FROM found
    UNION
    SELECT c.organization_id, c.merged_into
      FROM found JOIN customer AS c ON c.organization_id = found.organization_id AND c.id = found.id
     WHERE c.merged_into IS NOT NULL
  )
  SELECT c.*,
    ${parts('m.id', 'customer AS m', 'm', 'm.id')}.merged_into = c.id) AS merged_ids,
    ${parts(
      'json_build_array(i.type, i.value, i.is_alias::integer)',
      'customer_identifier AS i',
      'i',
      'i.is_alias, i.type, i.value',
    )}.customer_id = c.id) AS identifiers,
    ${parts(
      'json_build_array(f.kind, f.name, f.value)',
      'customer_field AS f',
      'f',
      'f.kind, f.name',
    )}.customer_id = c.id) AS fields,
    ${parts(
      'json_build_array(s.channel, s.priority, s.status, s.merge_id)',
      'subscription AS s',
      's',
      's.channel, s.priority',
    )}.customer_id = c.id) AS subscriptions,
    ${parts(
      `json_build_array(p.program_id, p.redeemed, p.expired, p.returned, p.adjusted,
        p.lifetime_points, p.cumulative_purchases, p.slab_serial_number, p.slab_expires_on)`,
      'points_summary AS p',
      'p',
      'p.program_id',
    )}.customer_id = c.id) AS summaries,
    ${parts('h.rule', 'reward_had AS h', 'h', 'h.rule')}.customer_id = c.id) AS rewards_had
  FROM involved JOIN customer AS c ON c.organization_id = involved.organization_id AND c.id = involved.id`;

// Those that were merged into them too, whose pointers a merge moves along: nobody who holds a lock may come to need
// one that is before it in the order.
const lockAccounts = `
  WITH found AS (${byId}
    UNION${byIdentifier}
    UNION
    SELECT r.organization_id, r.customer_id
      FROM jsonb_array_elements($3::jsonb) AS sought JOIN idempotency_record AS r ON ${recordSought}
  ), live AS (
    SELECT DISTINCT c.organization_id, coalesce(c.merged_into, c.id) AS id
      FROM found JOIN customer AS c ON c.organization_id = found.organization_id AND c.id = found.id
  ), involved AS (
    SELECT organization_id, id FROM live
    UNION
    SELECT m.organization_id, m.id
      FROM live JOIN customer AS m ON m.organization_id = live.organization_id AND m.merged_into = live.id
  )
  SELECT c.organization_id, c.id
    FROM involved JOIN customer AS c ON c.organization_id = involved.organization_id AND c.id = involved.id
   ORDER BY c.organization_id, c.id
     FOR UPDATE OF c`;

// From here to the commit, batches of one organization go one after the other. So this is the last statement, and does
// all in one round trip: it locks the heads, several in one order, links the events to them, and stores both. The cells
// of a row are those of its columns, then its body, see linkEvents.
const BODY = eventCells.length;
const appendEvents = `
  WITH RECURSIVE head AS (
    SELECT sought.place::integer - 1 AS log, h.organization_id, h.position, h.hash
      FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS sought (value, place)
      JOIN audit_head AS h ON h.organization_id = sought.value ->> 0
     ORDER BY h.organization_id FOR UPDATE OF h
  ), linked AS (
    SELECT log, 0 AS events, position, hash FROM head
    UNION ALL
    SELECT log, events + 1, position + 1,
           encode(sha256(convert_to('${TAG}"' || hash || '",' || position + 1 || ',' || body, 'UTF8')), 'hex')
      FROM linked
     CROSS JOIN LATERAL (SELECT $1::jsonb #>> ARRAY[log::text, '1', events::text, '${BODY}'] AS body) AS next
     WHERE body IS NOT NULL
  ), moved AS (
    UPDATE audit_head AS h SET position = last.position, hash = last.hash
      FROM head JOIN (SELECT DISTINCT ON (log) * FROM linked ORDER BY log, events DESC) AS last ON last.log = head.log
     WHERE h.organization_id = head.organization_id
  )
  INSERT INTO audit_event (${eventCells.map(([name]) => name).join(', ')}, position, hash)
  SELECT ${eventCells.map(cell).join(', ')}, linked.position, linked.hash
    FROM linked
   CROSS JOIN LATERAL (SELECT $1::jsonb #> ARRAY[log::text, '1', (events - 1)::text] AS value) AS event
   WHERE events > 0`;

// Each owner's identifiers are read once, however many it gives up. Looked up one by one, PostgreSQL without statistics
// would read all of the owner's, or of the organization's, for each. IS TRUE keeps it from making a join of the list.
const deleteIdentifiers = `
  DELETE FROM customer_identifier AS i
   USING (SELECT DISTINCT value ->> 0 AS organization_id, (value ->> 3)::bigint AS customer_id
            FROM jsonb_array_elements($1::jsonb)) AS owner
   WHERE i.organization_id = owner.organization_id AND i.customer_id = owner.customer_id
     AND ((i.organization_id, i.type, i.value) IN (
            SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_array_elements($1::jsonb))) IS TRUE`;

/** PostgreSQL's words of load and write. */
export const postgresStatements: Statements = {
  ...writeStatements((columns) => {
    const cells = columns.map((column, index) => `${cell(column, index)} AS ${column[0]}`);
    return `SELECT ${cells.join(', ')} FROM jsonb_array_elements($1::jsonb)`;
  }),
  deleteIdentifiers,
  wholeBatch: null,
  selectRecords,
  selectAccounts,
  lockAccounts,
  appendEvents,
  // OFFSET and + 0 have PostgreSQL find the undos first, then each one's merge by its id. Else, where most customers
  // have one merge, it would go through all merges of the survivor, and for each of them through all its events.
  selectStandingMerges: `
    SELECT id, survivor_id AS "survivorId", victim_id AS "victimId", merged_at AS "mergedAt",
           matched_on AS "matchedOn", changes, balances, position
      FROM (SELECT merge.*, (asked.value ->> 3)::integer AS position
              FROM jsonb_array_elements($1::jsonb) AS asked
              JOIN customer_merge AS merge
                ON merge.organization_id = asked.value ->> 0 AND merge.survivor_id = (asked.value ->> 1)::bigint
             WHERE merge.sequence <= (asked.value ->> 2)::bigint AND merge.undone_at IS NULL
            UNION ALL
            SELECT merge.*, (undo.value ->> 3)::integer AS position
              FROM (SELECT asked.value, event.organization_id, event.customer_id, event.merge_id
                      FROM jsonb_array_elements($1::jsonb) AS asked
                      JOIN audit_event AS event
                        ON event.organization_id = asked.value ->> 0 AND event.customer_id = (asked.value ->> 1)::bigint
                       AND event.sequence > (asked.value ->> 2)::bigint AND event.action = 'MERGE_UNDONE'
                    OFFSET 0) AS undo
              JOIN customer_merge AS merge
                ON merge.organization_id = undo.organization_id AND merge.id = undo.merge_id
               AND merge.survivor_id + 0 = undo.customer_id AND merge.sequence <= (undo.value ->> 2)::bigint
             WHERE merge.undone_at IS NOT NULL) AS found
     ORDER BY sequence DESC`,
  selectFieldsRequested: `
    SELECT DISTINCT change.value ->> 'field' AS field
      FROM audit_event AS event CROSS JOIN jsonb_array_elements(event.changes::jsonb) AS change
     WHERE event.organization_id = $1 AND event.customer_id = $2 AND event.sequence > $3
       AND change.value ->> 'rule' = 'REQUEST'`,
  selectStoredIds: `
    SELECT customer.id FROM jsonb_array_elements($1::jsonb) AS wanted
      JOIN customer ON customer.organization_id = $2 AND customer.id = wanted.value::bigint`,
  selectIdentifierOwners: `
    SELECT found.type, found.value, found.customer_id AS "customerId"
      FROM jsonb_array_elements($1::jsonb) AS wanted
      JOIN customer_identifier AS found
        ON found.organization_id = $2 AND found.type = wanted.value ->> 0 AND found.value = wanted.value ->> 1`,
  selectOverwritten: `
    SELECT DISTINCT entry.value ->> 1 AS value
      FROM customer_merge AS merge CROSS JOIN jsonb_array_elements(merge.survivor_before::jsonb -> $1::text) AS entry (value)
     WHERE merge.organization_id = $2 AND merge.undone_at IS NULL AND merge.erased_at IS NULL
       AND entry.value ->> 0 = $3`,
  selectUniqueKeys: `
    SELECT json_agg(part.attname)::text AS columns, list.indpred IS NOT NULL AS "isPartial"
      FROM pg_index AS list
      JOIN pg_attribute AS part ON part.attrelid = list.indrelid AND part.attnum = ANY (list.indkey)
     WHERE list.indrelid = to_regclass($1) AND list.indisunique AND list.indisvalid
     GROUP BY list.indexrelid, list.indpred IS NOT NULL`,
  rowsOfParameter: 'jsonb_array_elements($1::jsonb)',
  liftStatementTimeout: 'SET LOCAL statement_timeout = 0',
};
