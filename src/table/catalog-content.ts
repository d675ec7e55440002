/** What a catalog says that nobody has open: collected from the versions of its keys, in any order. */
import type { Key, SequenceNumber } from '../partition/types.js';
import { decodeDefinition, deletedId, isDeletedKey, isTableKey } from './catalog.js';
import { TableError } from './errors.js';
import type { TableDefinition } from './types.js';

interface Version {
  readonly sequence: SequenceNumber;
  readonly value: Uint8Array | null;
}

/** Of an entry: one of the two. */
interface Decoded {
  readonly definition?: TableDefinition;
  readonly fault?: string;
}

export class CatalogContent {
  readonly #newest = new Map<Key, Version>();

  see(key: Key, sequence: SequenceNumber, value: Uint8Array | null): void {
    if (sequence >= (this.#newest.get(key)?.sequence ?? 0)) this.#newest.set(key, { sequence, value });
  }

  /** In the order of their names. */
  get definitions(): TableDefinition[] {
    return this.#decoded().flatMap(({ definition }) => definition ?? []);
  }

  /** Ids of deleted tables whose directories may still be there. */
  get deleted(): Set<string> {
    const present = [...this.#newest].filter(([key, { value }]) => value !== null && isDeletedKey(key));
    return new Set(present.map(([key]) => deletedId(key)));
  }

  /** Entries that do not parse. */
  faults(): string[] {
    return this.#decoded().flatMap(({ fault }) => fault ?? []);
  }

  #decoded(): Decoded[] {
    const entries = [...this.#newest].sort(([left], [right]) => (left < right ? -1 : 1));
    return entries.flatMap(([key, { value }]): Decoded[] => {
      if (value === null || isDeletedKey(key)) return [];
      if (!isTableKey(key)) return [{ fault: 'an entry that is of no known kind' }];
      try {
        return [{ definition: decodeDefinition(key, value) }];
      } catch (error) {
        if (!(error instanceof TableError)) throw error;
        return [{ fault: error.message }];
      }
    });
  }
}
