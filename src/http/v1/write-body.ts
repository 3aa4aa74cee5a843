import Builder from 'fast-xml-builder';
import type { Format } from './format.js';

const builder = new Builder({ ignoreAttributes: false });
const declaration = { '@_version': '1.0', '@_encoding': 'UTF-8' };

// The values that customers have are free of these but for U+FFFE and U+FFFF; a refused one is answered as it was given.
const NOT_IN_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** The answer's text. In XML lists are repeated elements, and null and "" empty ones. */
export function writeBody(answer: object, format: Format): string {
  if (format === 'json') return JSON.stringify(answer);
  return builder.build({ '?xml': declaration, ...answer }).replace(NOT_IN_XML, '\uFFFD');
}
