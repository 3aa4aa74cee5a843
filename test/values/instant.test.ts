import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatInstant,
  isCalendarDate,
  isInstantForm,
  isTimeZone,
  readInstant,
  startOfDay,
} from '../../src/values/instant.js';

const FIRST = Date.parse('0000-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');
const anyInstant = fc.integer({ min: FIRST, max: LAST });
const anyTimeZone = fc.constantFrom('UTC', 'Europe/London', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia');

/** Read, and answered as the service answers it. */
function answered(text: string, timeZone = 'UTC'): string | null {
  const instant = readInstant(text, timeZone);
  return instant === null ? null : formatInstant(instant);
}

test.each([
  ['2024-02-29', true],
  ['2000-02-29', true],
  ['0000-02-29', true],
  ['0000-01-01', true],
  ['9999-12-31', true],
  ['2023-02-29', false],
  ['1900-02-29', false],
  ['2023-02-30', false],
  ['2023-04-31', false],
  ['2023-00-10', false],
  ['2023-13-10', false],
  ['2023-01-00', false],
  ['2023-01-32', false],
  ['2023-1-1', false],
  ['2023/01/01', false],
  ['+002023-01-01', false],
  ['+012023-01-01', false],
  ['-000001-01-01', false],
  ['2023-01', false],
  ['2023', false],
  ['2023-01-01T00:00:00Z', false],
  ['２０２３-01-01', false],
  ['', false],
])('isCalendarDate(%j) is %j', (text, expected) => {
  expect(isCalendarDate(text)).toBe(expected);
});

describe('RFC 3339', () => {
  test.each([
    ['2016-09-11T11:11:11Z', '2016-09-11T11:11:11Z'],
    ['2016-09-11t11:11:11z', '2016-09-11T11:11:11Z'],
    ['2016-09-11T11:11:11.000Z', '2016-09-11T11:11:11Z'],
    ['2016-09-11T11:11:11.5Z', '2016-09-11T11:11:11.500Z'],
    ['2016-09-11T11:11:11.05Z', '2016-09-11T11:11:11.050Z'],
    ['2016-09-11T11:11:11.123999999999999999999Z', '2016-09-11T11:11:11.123Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['1969-12-31T23:59:59.0009Z', '1969-12-31T23:59:59Z'],
    ['2016-09-11T11:11:11+05:30', '2016-09-11T05:41:11Z'],
    ['2016-09-11T11:11:11-05:30', '2016-09-11T16:41:11Z'],
    ['2016-09-11T11:11:11-00:00', '2016-09-11T11:11:11Z'],
    ['2016-09-11T11:11:11+23:59', '2016-09-10T11:12:11Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.9999Z', '9999-12-31T23:59:59.999Z'],
    ['0000-01-01T00:00:00-00:01', '0000-01-01T00:01:00Z'],
  ])('%s is %s, in any time zone', (text, expected) => {
    expect(isInstantForm(text)).toBe(true);
    expect(answered(text)).toBe(expected);
    expect(answered(text, 'America/New_York')).toBe(expected);
  });

  test.each([
    ['a day that the calendar has not', '2023-02-30T00:00:00Z'],
    ['24 o’clock', '2023-02-28T24:00:00Z'],
    ['minute 60', '2023-02-28T23:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a UTC year before 0000', '0000-01-01T00:00:00+00:01'],
    ['a UTC year after 9999', '9999-12-31T23:59:59-00:01'],
    ['an offset of 24 hours', '2023-02-28T00:00:00+24:00'],
    ['an offset with minute 60', '2023-02-28T00:00:00+01:60'],
    ['an offset without a colon', '2023-02-28T00:00:00+0100'],
    ['an offset of hours alone', '2023-02-28T00:00:00+01'],
    ['no offset', '2023-02-28T00:00:00'],
    ['an empty fraction', '2023-02-28T00:00:00.Z'],
    ['a comma', '2023-02-28T00:00:00,5Z'],
    ['no seconds', '2023-02-28T00:00Z'],
    ['a blank for the T', '2023-02-28 00:00:00Z'],
    ['a blank around it', ' 2023-02-28T00:00:00Z'],
    ['a line break after it', '2023-02-28T00:00:00Z\n'],
    ['five digits of year', '12023-02-28T00:00:00Z'],
    ['a named zone', '2023-02-28T00:00:00Z[UTC]'],
    ['digits that are not ASCII', '２０２３-02-28T00:00:00Z'],
    ['a date alone', '2023-02-28'],
    ['a number', '1677542400000'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(isInstantForm(text)).toBe(false);
    expect(readInstant(text, 'UTC')).toBeNull();
    expect(readInstant(text, 'Europe/London')).toBeNull();
  });
});

describe('a local time', () => {
  test.each([
    ['in UTC', '2016-09-11 11:11:11', 'UTC', '2016-09-11T11:11:11Z'],
    ['in UTC by another name', '2016-09-11 11:11:11', 'Etc/UTC', '2016-09-11T11:11:11Z'],
    ['in winter', '2024-01-15 12:00:00', 'Europe/London', '2024-01-15T12:00:00Z'],
    ['in summer', '2024-07-15 12:00:00', 'Europe/London', '2024-07-15T11:00:00Z'],
    ['east of UTC by half an hour', '2024-07-15 12:00:00', 'Asia/Kolkata', '2024-07-15T06:30:00Z'],
    ['skipped: by the offset before the gap', '2024-03-10 02:30:00', 'America/New_York', '2024-03-10T07:30:00Z'],
    ['just before the gap', '2024-03-10 01:59:59', 'America/New_York', '2024-03-10T06:59:59Z'],
    ['just after the gap', '2024-03-10 03:00:00', 'America/New_York', '2024-03-10T07:00:00Z'],
    ['twice: the first', '2024-11-03 01:30:00', 'America/New_York', '2024-11-03T05:30:00Z'],
    ['just after the second', '2024-11-03 02:00:00', 'America/New_York', '2024-11-03T07:00:00Z'],
    ['on a day that was skipped', '2011-12-30 10:00:00', 'Pacific/Apia', '2011-12-30T20:00:00Z'],
    ['in the first year', '0000-01-01 00:00:00', 'UTC', '0000-01-01T00:00:00Z'],
    ['in the last year', '9999-12-31 23:59:59', 'UTC', '9999-12-31T23:59:59Z'],
    ['before year 0000 in UTC', '0000-01-01 00:00:00', 'Asia/Tokyo', null],
    ['after year 9999 in UTC', '9999-12-31 23:59:59', 'America/New_York', null],
  ])('%s: %s in %s is %s', (_, text, timeZone, expected) => {
    expect(isInstantForm(text)).toBe(true);
    expect(answered(text, timeZone)).toBe(expected);
  });

  test.each([
    ['a day that the calendar has not', '2023-02-30 00:00:00'],
    ['24 o’clock', '2023-02-28 24:00:00'],
    ['a leap second', '2016-12-31 23:59:60'],
    ['a fraction', '2023-02-28 00:00:00.5'],
    ['an offset', '2023-02-28 00:00:00+01:00'],
    ['two blanks', '2023-02-28  00:00:00'],
    ['slashes', '2023/02/28 00:00:00'],
  ])('refuses %s', (_, text) => {
    expect(isInstantForm(text)).toBe(false);
    expect(readInstant(text, 'UTC')).toBeNull();
    expect(readInstant(text, 'Europe/London')).toBeNull();
  });

  test('in UTC is the same by the fast path and by the time zone data', () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        const text = new Date(instant).toISOString().slice(0, 19).replace('T', ' ');
        expect(readInstant(text, 'UTC')).toBe(Math.floor(instant / 1000) * 1000);
        expect(readInstant(text, 'Etc/UTC')).toBe(readInstant(text, 'UTC'));
      }),
    );
  });
});

test('a formatted instant reads back, in any time zone', () => {
  fc.assert(
    fc.property(anyInstant, anyTimeZone, (instant, timeZone) => {
      const text = formatInstant(instant);
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
      expect(text).not.toContain('.000');
      expect(isInstantForm(text)).toBe(true);
      expect(readInstant(text, timeZone)).toBe(instant);
    }),
  );
});

test('what has the form of RFC 3339 is an instant in every time zone', () => {
  const digits = fc.string({ unit: fc.constantFrom('0', '1', '2', '3', '9'), minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(
      fc.tuple(digits, digits, digits, digits, digits),
      anyTimeZone,
      ([month, day, hour, minute, offset], timeZone) => {
        const text = `9999-${month}-${day}T${hour}:${minute}:00-${offset}:00`;
        expect(readInstant(text, timeZone) !== null).toBe(isInstantForm(text));
      },
    ),
    { numRuns: 2000 },
  );
});

describe('startOfDay', () => {
  test.each([
    ['in UTC', '1900-01-01', 'UTC', '1900-01-01T00:00:00Z'],
    ['in UTC by another name', '1900-01-01', 'Etc/UTC', '1900-01-01T00:00:00Z'],
    ['in summer', '2024-07-15', 'Europe/London', '2024-07-14T23:00:00Z'],
    ['east of UTC', '2024-07-15', 'Asia/Kolkata', '2024-07-14T18:30:00Z'],
    ['where midnight is skipped', '2024-03-10', 'America/Havana', '2024-03-10T05:00:00Z'],
    ['where midnight occurs twice', '2024-11-03', 'America/Havana', '2024-11-03T04:00:00Z'],
    ['where the gap begins before midnight', '1919-03-31', 'America/Toronto', '1919-03-31T04:30:00Z'],
    ['that the calendar has not', '2023-02-30', 'UTC', null],
    ['that the calendar has not, elsewhere', '2023-02-30', 'Europe/London', null],
    ['in another form', '2023/02/28', 'UTC', null],
    ['before year 0000 in UTC', '0000-01-01', 'Asia/Tokyo', null],
  ])('of a day %s: %s in %s is %s', (_, date, timeZone, expected) => {
    const instant = startOfDay(date, timeZone);
    expect(instant === null ? null : formatInstant(instant)).toBe(expected);
  });
});

describe('isTimeZone', () => {
  test.each([
    'UTC',
    'Europe/London',
    'europe/london',
    'US/Pacific',
    'Asia/Calcutta',
    'Asia/Kolkata',
    'Etc/GMT+1',
    'EST5EDT',
  ])('takes %s, and it can be reckoned in', (timeZone) => {
    expect(isTimeZone(timeZone)).toBe(true);
    expect(readInstant('2024-07-15 12:00:00', timeZone)).not.toBeNull();
  });

  test.each([
    '',
    ' ',
    '+01:00',
    '-0100',
    'Z',
    'GMT+1',
    'UTC+01:00',
    'Europe/Nowhere',
    ' UTC',
    'Europe/London ',
    'PST',
    'T00:00Z',
    '2024-01-01T00:00Z',
    '1',
    'Etc/Unknown',
  ])('refuses %j', (text) => {
    expect(isTimeZone(text)).toBe(false);
  });

  test('takes every name that the process lists', () => {
    expect(Intl.supportedValuesOf('timeZone').filter((timeZone) => !isTimeZone(timeZone))).toEqual([]);
  });
});
