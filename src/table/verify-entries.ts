/**
 * Whether the entries of a partition belong where they are: parts that are intact by themselves, but not of this table, or
 * not of this partition, as after a copy that mixed directories.
 */
import { FormatError } from '../encoding/errors.js';
import { decodeKeyValue } from '../encoding/key.js';
import { hashOfPartitionKey } from '../encoding/partition-hash.js';
import type { Key } from '../partition/types.js';
import { decodeDecision } from '../transaction/decision-log.js';
import { TransactionFormatError } from '../transaction/errors.js';
import { decodeToken, TOKEN_SPACE } from '../transaction/token-format.js';
import type { Severity } from '../vfs/findings.js';
import { TableError } from './errors.js';
import { hashOfKey, ITEM_SPACE, partitionOf } from './key-layout.js';
import { decodeStored } from './stored-item.js';
import type { TableDefinition } from './types.js';

/** Space and hash. */
const KEY_BYTES_MIN = 5;

export interface EntryFault {
  readonly severity: Severity;
  readonly fault: string;
}

/** What is wrong with an entry of partition `index` of a table; undefined when nothing is. */
export function faultOfEntry(
  definition: TableDefinition,
  index: number,
  key: Key,
  value: Uint8Array | null,
): EntryFault | undefined {
  const space = key.charCodeAt(0);
  try {
    if (space === TOKEN_SPACE) {
      if (value !== null) decodeToken(value);
      return undefined;
    }
    const isKnown = space === ITEM_SPACE || definition.localIndexes.some((each) => each.space === space);
    if (!isKnown || key.length < KEY_BYTES_MIN) return damage('the key is of no item or index of the table');
    const hash = hashOfKey(key);
    if (hash !== hashOfPartitionKey(decodeKeyValue(key, KEY_BYTES_MIN, definition.key.partition.type).value))
      return damage('the hash in the key is not that of its partition key');
    if (partitionOf(hash, definition.partitionCount) !== index)
      return damage('the key belongs to another partition');
    if (value !== null) decodeStored(value);
    return undefined;
  } catch (error) {
    return foreseen(error);
  }
}

/** Of an entry of the log of decisions. `participants`: names of all partitions of all tables. */
export function faultOfDecision(
  participants: ReadonlySet<string>,
  key: Key,
  value: Uint8Array | null,
): EntryFault | undefined {
  if (value === null) return undefined;
  try {
    const unknown = decodeDecision(key, value).participants.find((name) => !participants.has(name));
    // Its table may have been deleted since; the decision goes at the next start.
    if (unknown === undefined) return undefined;
    return { severity: 'warning', fault: `it names partition ${unknown}, which no table has` };
  } catch (error) {
    return foreseen(error);
  }
}

function damage(fault: string): EntryFault {
  return { severity: 'damage', fault };
}

function foreseen(error: unknown): EntryFault {
  if (error instanceof FormatError || error instanceof TableError || error instanceof TransactionFormatError)
    return damage(error.message);
  throw error;
}
