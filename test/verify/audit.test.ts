import { describe, expect, it } from 'vitest';
import { databaseKind } from '../support/test-database.js';
import { useBrokenWorld } from './broken-world.js';

const broken = useBrokenWorld();

const setCustomer = (id: number, what: string): string => `UPDATE customer SET ${what} WHERE ${broken.customer(id)}`;
const setEvent = (id: number, action: string, what: string): string =>
  `UPDATE audit_event SET ${what} WHERE ${broken.of(id)} AND action = '${action}'`;
const removeEvent = (id: number, action: string): string =>
  `DELETE FROM audit_event WHERE ${broken.of(id)} AND action = '${action}'`;
const changesWith = (text: string, other: string): string => `changes = replace(changes, '${text}', '${other}')`;

describe('versions and sequences', () => {
  it('names a version that is not that of the last event', async () => {
    expect(await broken.breachesAfter(setCustomer(18, 'version = version + 1'))).toEqual([
      broken.line(18, 'at version 3, while its last event led to 2'),
    ]);
  });

  it('names a version that came without any event', async () => {
    expect(await broken.breachesAfter(setCustomer(19, 'version = 2'))).toEqual([
      broken.line(19, 'at version 2 without an event'),
    ]);
  });

  it('names a version that falls', async () => {
    expect(await broken.breachesAfter(setEvent(11, 'MERGED', 'version = 9'))).toEqual([
      await broken.eventLine(11, 'version = 3 AND sequence % 1000 > 1', 'version falls from 9 to 3'),
    ]);
  });

  it('names an event that a version more says is missing, though nothing tells what it changed', async () => {
    expect(await broken.breachesAfter(removeEvent(12, 'UPDATED'))).toEqual([
      await broken.eventLine(12, `action = 'MERGED'`, 'the merge found version 2, the event before had led to 1'),
    ]);
    const second = `DELETE FROM audit_event WHERE ${broken.of(14)} AND action = 'UPDATED' AND version = 2`;
    expect(await broken.breachesAfter(second)).toEqual([
      await broken.eventLine(14, `action = 'MERGED'`, 'the merge found version 2, the event before had led to 1'),
    ]);
  });

  it('names a version that rises by more than one without a merge, and one that comes again', async () => {
    expect(await broken.breachesAfter(setEvent(18, 'UPDATED', 'version = 3'), setCustomer(18, 'version = 3'))).toEqual([
      await broken.eventLine(18, 'true', 'version rises from 1 to 3'),
    ]);
    expect(await broken.breachesAfter(setEvent(18, 'UPDATED', 'version = 1'), setCustomer(18, 'version = 1'))).toEqual([
      await broken.eventLine(18, 'true', 'version is 1 once more'),
    ]);
  });

  it('names events and entries after the last sequence of their customer', async () => {
    expect(await broken.breachesAfter(setCustomer(18, 'last_sequence = last_sequence - 1'))).toEqual([
      await broken.entryLine(18, 'true', "ledger entry after the customer's last sequence"),
    ]);
    expect(await broken.breachesAfter(setCustomer(14, 'last_sequence = last_sequence - 1'))).toEqual([
      await broken.eventLine(14, 'version = 5', "event after the customer's last sequence"),
    ]);
  });
});

describe('events and merges', () => {
  it("names the merge whose victim's event is gone", async () => {
    expect(await broken.breachesAfter(removeEvent(12, 'MERGED'))).toEqual([
      broken.line(12, 'at version 3, while its last event led to 2'),
      broken.mergeLine(broken.now.standing, 'its victim does not have one MERGED event'),
    ]);
  });

  it("names the merge whose survivor's event is gone", async () => {
    expect(await broken.breachesAfter(removeEvent(17, 'MERGED'))).toEqual([
      broken.line(17, 'at version 3 without an event'),
      broken.mergeLine(broken.now.second, 'its survivor has no MERGED event at its sequence'),
    ]);
  });

  it("names the undone merge whose survivor's event is gone", async () => {
    const lines = await broken.breachesAfter(removeEvent(13, 'MERGE_UNDONE'));
    expect(lines).toEqual([
      broken.line(13, 'at version 4, while its last event led to 3'),
      expect.stringContaining('customer 13: stored otherwise than its events have left it: '),
      broken.mergeLine(broken.now.undone, 'it is undone, but its survivor does not have one MERGE_UNDONE event'),
    ]);
  });

  it("names the undone merge whose victim's event is gone", async () => {
    expect(await broken.breachesAfter(removeEvent(14, 'MERGE_UNDONE'))).toEqual([
      await broken.eventLine(14, 'version = 5', 'version rises from 3 to 5'),
      await broken.eventLine(14, 'version = 5', 'event while the customer was merged away'),
      broken.mergeLine(broken.now.undone, 'it is undone, but its victim does not have one MERGE_UNDONE event'),
    ]);
  });

  it("names the undone merge whose victim's first event is gone", async () => {
    expect(await broken.breachesAfter(removeEvent(14, 'MERGED'))).toEqual([
      await broken.eventLine(
        14,
        `action = 'MERGE_UNDONE'`,
        'MERGE_UNDONE event of a merge that had not merged it away',
      ),
      broken.mergeLine(broken.now.undone, 'its victim does not have one MERGED event'),
    ]);
  });

  it('names an event of a merge that is not there, and of one of other customers', async () => {
    const { standing } = broken.now;
    const name = (mergeId: string): string => setEvent(12, 'MERGED', `merge_id = '${mergeId}'`);
    const without = broken.mergeLine(standing, 'its victim does not have one MERGED event');
    expect(await broken.breachesAfter(name('broken'))).toEqual([
      await broken.eventLine(12, `action = 'MERGED'`, 'MERGED event without a record of the merge'),
      without,
    ]);
    expect(await broken.breachesAfter(name(broken.now.undone))).toEqual([
      await broken.eventLine(12, `action = 'MERGED'`, 'MERGED event of a merge of other customers'),
      without,
    ]);
  });

  it('names an UPDATED event that names a merge, and one of no known action', async () => {
    expect(await broken.breachesAfter(setEvent(18, 'UPDATED', `merge_id = '${broken.now.standing}'`))).toEqual([
      await broken.eventLine(18, 'true', 'UPDATED event that names a merge'),
    ]);
    expect(await broken.breachesAfter(setEvent(18, 'UPDATED', `action = 'SEEN'`))).toEqual([
      await broken.eventLine(18, 'true', 'event of no known action'),
    ]);
  });

  it('names an event of a customer while it was merged away', async () => {
    const lines = await broken.breachesAfter(
      `INSERT INTO audit_event SELECT organization_id, customer_id, sequence + 1, at, 'UPDATED', version + 1, request_id,
         client, till_code, user_context, '[{"field":"lastname","previous":"Twelve","current":"broken","rule":"REQUEST"}]',
         NULL, NULL, NULL, NULL, NULL FROM audit_event WHERE ${broken.of(12)} AND action = 'MERGED'`,
      setCustomer(12, `version = version + 1, lastname = 'broken'`),
    );
    expect(lines).toEqual([
      expect.stringMatching(/customer 12, sequence \d+: event while the customer was merged away$/),
    ]);
  });

  it('names a victim with changes, and others without', async () => {
    const change = `changes = '[{"field":"firstname","previous":null,"current":"broken","rule":"FILLED"}]'`;
    expect(await broken.breachesAfter(setEvent(12, 'MERGED', change))).toEqual([
      await broken.eventLine(12, `action = 'MERGED'`, 'MERGED event of the victim with changes'),
    ]);
    expect(await broken.breachesAfter(setEvent(18, 'UPDATED', `changes = '[]'`))).toEqual([
      await broken.eventLine(18, 'true', 'UPDATED event without changes'),
    ]);
    expect(await broken.breachesAfter(setEvent(17, 'MERGED', `changes = '[]'`))).toEqual([
      await broken.eventLine(17, 'true', 'MERGED event of the survivor without changes'),
      broken.mergeLine(broken.now.second, "its changes are not those of its survivor's MERGED event"),
    ]);
  });

  it.each(['{', '{}', '[1]', '[{"field":"firstname","previous":1,"current":null}]'])(
    'names changes that cannot be read: %s',
    async (text) => {
      expect(await broken.breachesAfter(setEvent(18, 'UPDATED', `changes = '${text}'`))).toEqual([
        await broken.eventLine(18, 'true', 'changes cannot be read'),
      ]);
    },
  );

  it('names the audit events of a customer that does not exist', async () => {
    const lines = await broken.breachesAfter(`DELETE FROM customer WHERE ${broken.customer(18)}`);
    expect(lines).toEqual([
      broken.line(18, 'MOBILE finds this customer, which does not exist'),
      broken.line(18, 'points summary of a customer that does not exist: pointsSummaries.1016'),
      await broken.entryLine(18, 'true', 'ledger entry of a customer that does not exist'),
      broken.line(18, 'has audit events but does not exist'),
    ]);
  });
});

describe('the chain of values', () => {
  const left = 'stored otherwise than its events have left it';
  const previous = 'previous is not what the events before had left';
  const away = 'merged away otherwise than the merge has kept it';
  const lost = 'its survivor has not all identifiers that it has kept of its victim';
  const inRecord = (id: string, column: string, text: string, other: string): string =>
    `UPDATE customer_merge SET ${column} = replace(${column}, '${text}', '${other}') WHERE ${broken.merge(id)}`;

  it.each([
    ['firstname', () => setCustomer(18, `firstname = 'broken'`)],
    ['firstname', () => setCustomer(18, 'firstname = NULL')],
    [
      'customFields.nickname',
      () => `UPDATE customer_field SET value = 'broken' WHERE ${broken.of(18)} AND name <> 'age'`,
    ],
    ['customFields.nickname', () => `DELETE FROM customer_field WHERE ${broken.of(18)} AND name <> 'age'`],
  ])('names a %s that no event has set', async (field, change) => {
    expect(await broken.breachesAfter(change())).toEqual([broken.line(18, `${left}: ${field}`)]);
  });

  it.each([
    ['subscriptions.SMS.BULK', () => `UPDATE subscription SET status = 'UNSUBSCRIBED' WHERE ${broken.of(11)}`],
    ['externalId', () => `DELETE FROM customer_identifier WHERE ${broken.of(11)} AND type = 'EXTERNAL_ID'`],
    [
      'extendedFields.city',
      () => `UPDATE customer_field SET value = 'broken' WHERE ${broken.of(11)} AND name = 'city'`,
    ],
    [
      'pointsSummaries.7.slabSNo',
      () => `UPDATE points_summary SET slab_serial_number = 2 WHERE ${broken.of(11)} AND program_id = '7'`,
    ],
    [
      'aliases.EMAIL',
      () => `UPDATE customer_identifier SET value = 'broken@example.com'
              WHERE ${broken.of(11)} AND type = 'EMAIL' AND is_alias`,
    ],
  ])('names a %s that no event has set, after a merge', async (field, change) => {
    const isIdentifier = field === 'externalId' || field === 'aliases.EMAIL';
    expect(await broken.breachesAfter(change())).toEqual([
      broken.line(11, `${left}: ${field}`),
      ...(isIdentifier ? [broken.mergeLine(broken.now.standing, lost)] : []),
    ]);
  });

  it('cannot judge a value that no event has named', async () => {
    await expect(broken.breachesAfter(setCustomer(18, `lastname = 'broken'`))).rejects.toThrow(
      'expected [] to not deeply equal []',
    );
  });

  it('judges every value of a customer that an undo has brought back: the record has them all', async () => {
    expect(await broken.breachesAfter(setCustomer(14, `firstname = 'broken', registered_till = 'till.1'`))).toEqual([
      broken.line(14, `${left}: firstname, registeredTill`),
    ]);
  });

  it('names an event whose previous is not what the one before had left', async () => {
    expect(
      await broken.breachesAfter(
        `${setEvent(11, 'UPDATED', changesWith('"previous":"Zwölf"', '"previous":"broken"'))} AND version = 3`,
      ),
    ).toEqual([await broken.eventLine(11, `action = 'UPDATED' AND version = 3`, `${previous}: firstname`)]);
  });

  it('names an event whose current is not what the next one found', async () => {
    expect(
      await broken.breachesAfter(
        `${setEvent(11, 'UPDATED', changesWith('"current":"UNSUBSCRIBED"', '"current":"SUBSCRIBED"'))} AND version = 3`,
        setEvent(11, 'MERGED', changesWith('"current":"UNSUBSCRIBED"', '"current":"SUBSCRIBED"')),
      ),
    ).toEqual([
      await broken.eventLine(11, `action = 'UPDATED' AND version = 4`, `${previous}: subscriptions.SMS.BULK`),
      broken.mergeLine(broken.now.standing, "its changes are not those of its survivor's MERGED event"),
    ]);
  });

  it('names a merge that found a side otherwise than its events had left it', async () => {
    const { standing, undone } = broken.now;
    expect(await broken.breachesAfter(inRecord(standing, 'victim_before', '"Twelve"', '"broken"'))).toEqual([
      await broken.eventLine(
        12,
        `action = 'MERGED'`,
        'the merge found its victim otherwise than the events before had left it: lastname',
      ),
      broken.line(12, `${away}: lastname`),
    ]);
    expect(await broken.breachesAfter(inRecord(undone, 'victim_before', '["age","14"]', '["age","41"]'))).toEqual([
      await broken.eventLine(
        14,
        `action = 'MERGED'`,
        'the merge found its victim otherwise than the events before had left it: customFields.age',
      ),
      broken.line(14, `${left}: customFields.age`),
    ]);
  });

  it.each([
    ['firstname', '"firstname":null', '"firstname":"broken"'],
    ['customFields.age', '"customFields":[]', '"customFields":[["age","41"]]'],
    ['subscriptions.SMS.BULK', '"subscriptions":[]', '"subscriptions":[["SMS.BULK",{"status":"SUBSCRIBED"}]]'],
    ['lifetimePurchases', '"lifetimePurchases":"100500"', '"lifetimePurchases":"100501"'],
  ])('names a merge whose record has another %s of the survivor than its event', async (field, text, other) => {
    const { standing } = broken.now;
    expect(
      await broken.breachesAfter(
        `UPDATE customer_merge SET survivor_before = replace(survivor_before, '${text}', '${other}')
          WHERE ${broken.merge(standing)}`,
      ),
    ).toContainEqual(
      await broken.eventLine(
        11,
        `action = 'MERGED'`,
        `the merge found its survivor otherwise than the events before had left it: ${field}`,
      ),
    );
  });

  it.each([
    ['subscriptions.SMS.BULK', '"UNSUBSCRIBED"', '"SUBSCRIBED"'],
    ['fraudStatus', '"fraudStatus":"NONE"', '"fraudStatus":"CONFIRMED"'],
    ['firstname', '"Zwölf"', 'null'],
  ])('names a %s in a merge’s record that its victim never had, though no event tells', async (field, text, other) => {
    const edit = inRecord(broken.now.standing, 'victim_before', text, other);
    expect(await broken.breachesAfter(edit)).toEqual([broken.line(12, `${away}: ${field}`)]);
  });

  it.each([
    ['registeredTill', () => setCustomer(12, `registered_till = 'till.1'`)],
    ['subscriptions.SMS.BULK', () => `DELETE FROM subscription WHERE ${broken.of(12)}`],
  ])('names a %s of a merged customer that its merge has not kept', async (field, change) => {
    expect(await broken.breachesAfter(change())).toEqual([broken.line(12, `${away}: ${field}`)]);
  });

  it('names an identifier in a merge’s record that its survivor has not', async () => {
    const { standing, first } = broken.now;
    const to = (id: string, text: string, other: string) =>
      broken.breachesAfter(inRecord(id, 'victim_before', text, other));
    expect(await to(standing, 'twelve@', 'broken@')).toEqual([broken.mergeLine(standing, lost)]);
    expect(await to(standing, '"XII"', '"XVI"')).toEqual([broken.mergeLine(standing, lost)]);
    expect(await to(first, 'fifteen@', 'twelve@')).toEqual([broken.mergeLine(first, lost)]);
  });

  it('names a merge’s record that has not the accounts which were merged into its victim', async () => {
    const { standing, second } = broken.now;
    const notKept = 'it has not kept the accounts that were merged into its victim';
    const to = (id: string, ids: string, others: string) =>
      broken.breachesAfter(inRecord(id, 'victim_before', `"mergedIds":${ids}`, `"mergedIds":${others}`));
    for (const others of ['[]', '[15,19]', '[19]', '["fifteen"]', 'null'])
      expect(await to(second, '[15]', others)).toEqual([broken.mergeLine(second, notKept)]);
    expect(await to(standing, '[]', '[19]')).toEqual([broken.mergeLine(standing, notKept)]);
  });

  it('names stored values that cannot be read', async () => {
    expect(await broken.breachesAfter(setCustomer(14, 'registered_on = 900000000000000000'))).toEqual([
      broken.line(14, 'its stored values cannot be read'),
    ]);
  });

  // PostgreSQL's columns take no bytes.
  it.runIf(databaseKind() === 'sqlite')(
    'names bytes where a text belongs, and goes on (SQLite alone takes them)',
    async () => {
      const bytes = `UPDATE customer_field SET value = x'c3a9' WHERE ${broken.of(18)} AND name = 'nickname'`;
      expect(await broken.breachesAfter(bytes, setCustomer(24, `firstname = 'Otto'`))).toEqual([
        broken.line(18, 'its stored values cannot be read'),
        broken.line(24, 'stored otherwise than its events have left it: firstname'),
      ]);
    },
  );
});

describe('what an organization has', () => {
  it('names an organization that has vanished', async () => {
    const { id } = broken.now.shop;
    expect(await broken.breachesAfter(`DELETE FROM organization WHERE id = '${id}'`)).toEqual([
      broken.organizationLine('has customers but does not exist'),
    ]);
  });

  it('names summaries and entries of a program that has vanished', async () => {
    const { id } = broken.now.shop;
    const lines = await broken.breachesAfter(
      `DELETE FROM loyalty_program WHERE organization_id = '${id}' AND id = '7'`,
    );
    const summary = 'points summary in a program that the organization does not have: pointsSummaries.7';
    expect(lines.filter((line) => line.includes('points summary'))).toEqual(
      [11, 14, 19].map((at) => broken.line(at, summary)),
    );
    expect(lines).toContain(
      await broken.entryLine(19, `program_id = '7'`, 'ledger entry in a program that the organization does not have'),
    );
  });

  it('does not need the fields to be defined still', async () => {
    await expect(broken.breachesAfter('DELETE FROM field_definition')).rejects.toThrow(
      'expected [] to not deeply equal []',
    );
  });
});
