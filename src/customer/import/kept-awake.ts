import type { EntityManager } from 'typeorm';
import type { SourcePiece } from './customer-source.js';

/**
 * The pieces as they are read. At each the transaction is asked something: PostgreSQL ends one that has been idle for a
 * minute, and a file may take longer to be read through.
 */
export async function* keptAwake(
  manager: EntityManager,
  pieces: AsyncIterable<SourcePiece>,
): AsyncGenerator<SourcePiece> {
  for await (const piece of pieces) {
    await manager.query('SELECT 1');
    yield piece;
  }
}
