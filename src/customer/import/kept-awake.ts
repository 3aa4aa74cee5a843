import type { EntityManager } from 'typeorm';
import type { SourcePiece } from './customer-source.js';
import { stayAwake } from './stored-customers.js';

/** The pieces as they are read, for as long as that takes: the transaction is not idle for longer than for one of them. */
export async function* keptAwake(
  manager: EntityManager,
  pieces: AsyncIterable<SourcePiece>,
): AsyncGenerator<SourcePiece> {
  for await (const piece of pieces) {
    await stayAwake(manager);
    yield piece;
  }
}
