import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createDocumentStore } from '../../src/graphql/document-store.js';

/** A document of exactly ten characters. */
const document = (letter: string) => parse(`{${letter.repeat(8)}}`);

async function held(store: ReturnType<typeof createDocumentStore>, keys: string): Promise<string> {
  const found = await Promise.all(
    Array.from(keys).map(async (key) => ((await store.get(key)) === undefined ? '' : key)),
  );
  return found.join('');
}

describe('the document store', () => {
  test('keeps as much text as it is told to, and lets the document go that was not used longest', async () => {
    const store = createDocumentStore(30);
    for (const key of 'abc') await store.set(key, document(key));
    expect(await held(store, 'abc')).toBe('abc');
    await store.get('a');
    await store.set('d', document('d'));
    expect(await held(store, 'abcd')).toBe('acd');
  });

  test('counts a document that is set again once', async () => {
    const store = createDocumentStore(30);
    for (const key of 'aaaabc') await store.set(key, document(key));
    expect(await held(store, 'abc')).toBe('abc');
  });

  test('counts a document that is deleted no more', async () => {
    const store = createDocumentStore(30);
    for (const key of 'abc') await store.set(key, document(key));
    await store.delete('b');
    await store.delete('unknown');
    await store.set('d', document('d'));
    expect(await held(store, 'abcd')).toBe('acd');
  });

  test('does not keep a document that is larger than all it may keep', async () => {
    const store = createDocumentStore(9);
    await store.set('a', document('a'));
    expect(await held(store, 'a')).toBe('');
  });
});
