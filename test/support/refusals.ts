import { expect } from 'vitest';
import type { Notice, UpdateInput, UpdatePayload } from './answers.js';
import type { ExpectedNotice } from './codes.js';
import type { Shop } from './shop.js';
import type { World } from './world.js';

/**
 * The notices, in this order and no others, whatever their words; but words there must be. A path that ends in `…` is
 * compared up to there.
 */
export function expectNotices(found: readonly Notice[], expected: readonly ExpectedNotice[]): void {
  const shown = found.map(({ code, field, legacyCode }, index) => {
    const wanted = expected[index]?.field ?? [];
    const isOpen = wanted.at(-1) === '…';
    return { code, field: isOpen ? [...field.slice(0, wanted.length - 1), '…'] : field, legacyCode };
  });
  expect(shown).toEqual(expected);
  for (const { message } of found) expect(message).toMatch(/\S/);
}

/** A payload that says nothing but why. */
export function expectRefusal(payload: UpdatePayload, expected: readonly ExpectedNotice[]): void {
  expectNotices(payload.errors, expected);
  expect({ ...payload, errors: [], warnings: [] }).toEqual({
    success: false,
    total: 1,
    successCount: 0,
    customer: null,
    merges: [],
    changes: [],
    sideEffects: [],
    warnings: [],
    errors: [],
    planHash: null,
    replayed: false,
  });
}

/** Refused with these errors, by the preview and by the update alike, and not a row of the database differs. */
export async function expectRefused(
  world: World,
  shop: Shop,
  input: UpdateInput,
  ...expected: readonly ExpectedNotice[]
): Promise<void> {
  const payload = await world.expectNothingChanged(() => shop.update(input));
  expectRefusal(payload, expected);
  expect(await world.expectNothingChanged(() => shop.preview(input))).toEqual(payload);
}
