import { expect } from 'vitest';

/** What every marker has in it: a text that no program writes by itself, and a number that stands in no clock. */
const TEXT = 'zqxwvk';
const NUMBER = '8675309';

let texts = 0;
let numbers = 0;

/** Stands for somebody's name, secret or anything else; another one each time. */
export const marker = (): string => `${TEXT}${String((texts += 1)).padStart(4, '0')}-rest`;

/** Stands for a phone number, an id or anything else of digits. */
export const markedNumber = (): string => `${NUMBER}${String((numbers += 1)).padStart(3, '0')}`;

const encoders: readonly ((text: string) => string)[] = [
  (text) => Buffer.from(text).toString('hex'),
  // At each of the three places that a text can have in base64, without what its neighbours share.
  ...[0, 1, 2].map((before) => (text: string) => {
    const encoded = Buffer.from('\0'.repeat(before) + text).toString('base64');
    return encoded.slice(before === 0 ? 0 : before + 1, before === 0 ? 4 * Math.floor(text.length / 3) : -4);
  }),
];

/** Of as much of a marker as all have, so that a part of one is found too. */
const patterns = [TEXT, TEXT.toUpperCase(), NUMBER].flatMap((text) => [
  text,
  ...encoders.map((encode) => encode(text)),
]);

/** Where a marker, a part of one, or one in another form stands in the text; with what is around it. */
export function leaksIn(text: string): string[] {
  const forms = [text, decoded(text), decoded(decoded(text))];
  return patterns.flatMap((pattern) =>
    forms.flatMap((form) => {
      const pieces = form.split(pattern).slice(0, -1);
      return pieces.slice(0, 20).map((before) => `${before.slice(-300)}${pattern}`);
    }),
  );
}

/** Without the escapes of URLs and of JSON. */
const decoded = (text: string): string =>
  text
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/\\(.)/g, '$1');

/** That no marker, nor a part of one in any form, stands in the text. */
export const expectNoLeak = (text: string): void => {
  expect(leaksIn(text)).toEqual([]);
};
