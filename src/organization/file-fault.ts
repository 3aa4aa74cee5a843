import type { z } from 'zod';

/** What is wrong in a file: where, as a path such as `organization.tills[0].code`, and why. */
export interface FileFault {
  readonly path: string;
  readonly reason: string;
}

/** What the schema of a file found, as faults: one for each key that is not known. */
export function schemaFaults(issue: z.core.$ZodIssue): FileFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: formatPath([...issue.path, key]),
      reason: 'is no key that is known here',
    }));
  }
  return [{ path: formatPath(issue.path), reason: issue.message }];
}

/** `organization.tills[0].code`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** Why a value is not what the schema asks for, without the value: it may be a secret. */
export function schemaReason(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined || issue.input === null) return 'is missing';
  if (issue.code === 'invalid_type') return `must be ${kinds[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small') return `must be ${String(issue.minimum)} at least`;
  if (issue.code === 'too_big') return `must be ${String(issue.maximum)} at most`;
  if (issue.code === 'invalid_key') return 'must be a key of 1 to 255 characters, without control characters';
  return 'is not allowed here';
}

const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
