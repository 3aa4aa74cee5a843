import { Temporal } from 'temporal-polyfill';

/** Milliseconds since 1970-01-01T00:00:00Z, in a UTC year from 0000 to 9999. */
export type Instant = number;

const FIRST: Instant = Date.parse('0000-01-01T00:00:00.000Z');
const LAST: Instant = Date.parse('9999-12-31T23:59:59.999Z');
const FIRST_LOCAL = '0000-01-01 00:00:00';
const LAST_LOCAL = '9999-12-31 23:59:59';

/** What `readInstant` takes, in words that go behind "must be" or "takes". */
export const INSTANT_RULE =
  'an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11, in the years 0000 to 9999 of UTC';

const DATE = String.raw`\d{4}-\d{2}-\d{2}`;
const HOUR_AND_MINUTE = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;
const TIME = `${HOUR_AND_MINUTE}:[0-5]\\d`;

const DATE_FORM = new RegExp(`^${DATE}$`);
const RFC_3339_FORM = new RegExp(`^(${DATE})[Tt](${TIME})(?:\\.(\\d+))?(?:[Zz]|([+-])(${HOUR_AND_MINUTE}))$`);
const LOCAL_FORM = new RegExp(`^(${DATE}) (${TIME})$`);

/** Whether the text is a `YYYY-MM-DD` that the calendar has. */
export function isCalendarDate(text: string): boolean {
  if (!DATE_FORM.test(text)) return false;
  const midnight = Date.parse(`${text}T00:00:00.000Z`);
  // Engines roll 02-30 over to March, or refuse it.
  return new Date(midnight).getUTCDate() === Number(text.slice('YYYY-MM-'.length));
}

/**
 * Whether the text is an instant by form and calendar ("Instants"): RFC 3339, or `YYYY-MM-DD HH:MM:SS`. Needs no time
 * zone, so a local time whose UTC year leaves 0000 to 9999 shows in `readInstant` only.
 */
export function isInstantForm(text: string): boolean {
  return localParts(text) !== null || readRfc3339(text) !== null;
}

/**
 * The instant that the text names, null where it names none. Local times are read in `timeZone` (IANA, throws
 * RangeError for another): a skipped one takes the offset before the gap, one that occurs twice is the first. What is
 * below a millisecond is cut off, towards the past.
 */
export function readInstant(text: string, timeZone: string): Instant | null {
  const local = localParts(text);
  if (local === null) return readRfc3339(text);
  const written = `${local.date}T${local.time}`;
  if (timeZone === 'UTC') return Date.parse(`${written}.000Z`);
  return withinYears(
    Temporal.PlainDateTime.from(written).toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds,
  );
}

/** RFC 3339 in UTC, with three digits of fraction or, where they are zero, none. `readInstant` reads it back. */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

/**
 * `YYYY-MM-DD HH:MM:SS` in the time zone (IANA, throws RangeError for another); what is below a second is left out. Where
 * the local year leaves 0000 to 9999, the first or last second of those.
 */
export function formatLocalInstant(instant: Instant, timeZone: string): string {
  if (timeZone === 'UTC') return new Date(instant).toISOString().slice(0, 19).replace('T', ' ');
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDateTime();
  if (local.year < 0) return FIRST_LOCAL;
  if (local.year > 9999) return LAST_LOCAL;
  return local.toString({ smallestUnit: 'second' }).replace('T', ' ');
}

/**
 * The first instant of the day in the time zone (IANA, throws RangeError for another), also where its midnight is
 * skipped; null where `date` is no `YYYY-MM-DD` of the calendar.
 */
export function startOfDay(date: string, timeZone: string): Instant | null {
  if (!isCalendarDate(date)) return null;
  if (timeZone === 'UTC') return Date.parse(`${date}T00:00:00.000Z`);
  return withinYears(Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds);
}

/**
 * Whether the text is an IANA time zone name, in any case, that this process can reckon in. Neither an offset (`+01:00`)
 * nor a name that only the platform's own data has (`PST`) is one.
 */
export function isTimeZone(text: string): boolean {
  // Temporal takes offsets, too: they begin with a sign.
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    // Elsewhere Temporal takes a timestamp for its zone, too; that of newer Node.js also one that begins with a T.
    new Temporal.ZonedDateTime(0n, text);
    return true;
  } catch {
    return false;
  }
}

function localParts(text: string): { date: string; time: string } | null {
  const [, date = '', time = ''] = LOCAL_FORM.exec(text) ?? [];
  return isCalendarDate(date) ? { date, time } : null;
}

function readRfc3339(text: string): Instant | null {
  const [, date = '', time = '', fraction = '', sign, offset = '00:00'] = RFC_3339_FORM.exec(text) ?? [];
  if (!isCalendarDate(date)) return null;
  // The fraction counts onward from its second, so leaving digits out leads towards the past before 1970 too.
  const written = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  const ahead = Date.parse(`1970-01-01T${offset}:00.000Z`);
  return withinYears(sign === '-' ? written + ahead : written - ahead);
}

function withinYears(instant: Instant): Instant | null {
  return instant >= FIRST && instant <= LAST ? instant : null;
}
