import type { UpdatePlan } from '../plan.js';

/** What an update answers beside the customer; kept under its idempotency key. */
export type Answer = Pick<UpdatePlan, 'merges' | 'changes' | 'sideEffects' | 'warnings' | 'planHash'>;

export function stringifyAnswer({ changes, sideEffects, warnings, planHash }: Answer): string {
  return JSON.stringify({ merges: [], changes, sideEffects, warnings, planHash }, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

export function parseAnswer(text: string): Answer {
  const answer = JSON.parse(text) as Answer;
  return {
    ...answer,
    sideEffects: answer.sideEffects.map((effect) => ({
      ...effect,
      awardedPoints: BigInt(effect.awardedPoints),
      totalPoints: BigInt(effect.totalPoints),
    })),
  };
}
