import type { LoyaltyProgram, Organization } from '../../organization/organization.js';
import { figureNames, loyaltyPoints, mapFigures, type PointsSummary } from '../../points/figures.js';
import { isWithinDecimalBounds, readDecimal, type Thousandths } from '../../values/decimal.js';
import { INSTANT_RULE, readInstant, type Instant } from '../../values/instant.js';
import { noteUnknownKeys, readObjects, readText, textOrNumber, type JsonObject, type Note } from './record-values.js';

const keys = new Set<string>(['programId', ...figureNames, 'slabSNo', 'slabExpiryDate', 'loyaltyPoints']);
const BOUNDS = 'between -999999999999.999 and 999999999999.999';

/** A record's pointsSummaries by program id: of the organization's programs, each once, with figures within bounds. */
export function readSummaries(
  record: JsonObject,
  organization: Organization,
  note: Note,
): ReadonlyMap<string, PointsSummary> {
  const summaries = new Map<string, PointsSummary>();
  for (const { item, path } of readObjects(record, 'pointsSummaries', note)) {
    noteUnknownKeys(item, keys, path, note);
    const programId = textOrNumber(item['programId'] ?? null);
    const program = organization.programs.find(({ id }) => id === programId);
    const summary = readSummary(item, path, program, organization, note);
    if (program === undefined) note(`${path}.programId`, "must be the id of one of the organization's programs");
    else if (summaries.has(program.id)) note(`${path}.programId`, 'is that of an earlier summary');
    else summaries.set(program.id, summary);
  }
  noteSumsOutOfBounds([...summaries.values()], note);
  return summaries;
}

/** A figure, 0 where there is none; noted where it is no Decimal. */
export function readFigure(object: JsonObject, key: string, path: string, note: Note): Thousandths {
  const value = object[key] ?? null;
  if (value === null) return 0n;
  const text = textOrNumber(value);
  const figure = text === null ? null : readDecimal(text);
  if (figure === null) note(path, `must be a decimal with at most three places, ${BOUNDS}`);
  return figure ?? 0n;
}

function readSummary(
  item: JsonObject,
  path: string,
  program: LoyaltyProgram | undefined,
  organization: Organization,
  note: Note,
): PointsSummary {
  const figures = mapFigures((name) => readFigure(item, name, `${path}.${name}`, note));
  if ((item['loyaltyPoints'] ?? null) !== null) {
    note(`${path}.loyaltyPoints`, 'is worked out from the other figures, never given');
  } else if (!isWithinDecimalBounds(loyaltyPoints(figures))) {
    note(path, `has loyaltyPoints, worked out from its figures, that are not ${BOUNDS}`);
  }
  return {
    slabSerialNumber: readSlab(item, path, program, note),
    slabExpiresOn: readExpiry(item, path, program, organization, note),
    ...figures,
  };
}

function readSlab(item: JsonObject, path: string, program: LoyaltyProgram | undefined, note: Note): number | null {
  const value = item['slabSNo'] ?? null;
  if (value === null) return program?.slabs[0]?.serialNumber ?? null;
  const text = textOrNumber(value);
  const slab = program?.slabs.find(({ serialNumber }) => String(serialNumber) === text);
  // Without its program, nothing can be said about the slab.
  if (program !== undefined && slab === undefined) {
    note(`${path}.slabSNo`, `must be the serial number of one of the slabs of program ${program.id}`);
  }
  return slab?.serialNumber ?? null;
}

function readExpiry(
  item: JsonObject,
  path: string,
  program: LoyaltyProgram | undefined,
  organization: Organization,
  note: Note,
): Instant | null {
  const read = (text: string) => readInstant(text, organization.timeZone);
  const expiresOn = readText(item, 'slabExpiryDate', `${path}.slabExpiryDate`, read, INSTANT_RULE, note);
  if (expiresOn !== null && program?.slabs.length === 0) {
    note(`${path}.slabExpiryDate`, `is the expiry of a slab, and program ${program.id} has none`);
  }
  return expiresOn;
}

function noteSumsOutOfBounds(summaries: readonly PointsSummary[], note: Note): void {
  // Of a single one it was told above.
  if (summaries.length < 2) return;
  const lifetimePoints = summaries.reduce((sum, summary) => sum + summary.lifetimePoints, 0n);
  const loyalty = summaries.reduce((sum, summary) => sum + loyaltyPoints(summary), 0n);
  if (!isWithinDecimalBounds(lifetimePoints)) note('pointsSummaries', `have lifetimePoints whose sum is not ${BOUNDS}`);
  if (!isWithinDecimalBounds(loyalty)) note('pointsSummaries', `have loyaltyPoints whose sum is not ${BOUNDS}`);
}
