/**
 * Finds one key in a block (see block.ts for its form) that will not be kept: nothing is decoded that is not needed,
 * and nothing is made but the answer.
 *
 * Entries ascend, so that how many characters of the sought key the entry before matched is all there is to remember:
 * an entry that shares more with that one compares the same way (it is below); one that shares less lies above the
 * sought key; only one that shares exactly as many must be looked at, from there on.
 */
import type { Version } from '../memtable/types.js';
import { groupEntries, tailBytes, u32Bytes } from './block.js';
import { CorruptionError } from './errors.js';
import { VarintReader } from './varint.js';

/** The value is memory of its own. Undefined: no such key. Throws `CorruptionError` when `bytes` is not a block. */
export function searchBlock(
  bytes: Buffer,
  key: string,
  origin: { readonly path: string; readonly offset: number },
): Version | undefined {
  const count = bytes.length < tailBytes ? 0 : bytes.readUInt32LE(bytes.length - tailBytes);
  const groups = Math.ceil(count / groupEntries);
  const entriesEnd = bytes.length - tailBytes - groups * u32Bytes;
  const reader = new VarintReader(bytes, 0, entriesEnd);
  if (count === 0 || entriesEnd <= 0) throw malformed(origin, 'impossible counts');
  const group = groups === 1 ? 0 : groupFor(bytes, reader, key, groups, entriesEnd);
  if (group > 0) reader.position = bytes.readUInt32LE(entriesEnd + group * u32Bytes);
  else reader.position = 0;
  let matched = 0;
  for (let left = Math.min(groupEntries, count - group * groupEntries); left > 0; left -= 1) {
    const shared = reader.next();
    const unshared = reader.next();
    const valueTag = reader.next();
    const sequence = reader.next();
    const suffix = reader.position;
    const valueStart = suffix + unshared;
    const valueEnd = valueTag === 0 ? valueStart : valueStart + valueTag - 1;
    if (reader.malformed || valueEnd > entriesEnd) throw malformed(origin, 'an entry is malformed');
    reader.position = valueEnd;
    if (shared > matched) continue;
    if (shared < matched) return undefined;
    const end = Math.min(valueStart, suffix + key.length - shared);
    let at = suffix;
    while (at < end && bytes[at] === key.charCodeAt(shared + at - suffix)) at += 1;
    matched = shared + at - suffix;
    if (at === valueStart) {
      if (matched < key.length) continue;
      const value = valueTag === 0 ? null : Buffer.from(bytes.subarray(valueStart, valueEnd));
      return { value, sequence };
    }
    if (matched === key.length || (bytes[at] as number) > key.charCodeAt(matched)) return undefined;
  }
  return undefined;
}

/** The last group whose first key is not above `key`; the first one when there is none. Moves `reader`. */
export function groupFor(
  bytes: Buffer,
  reader: VarintReader,
  key: string,
  groups: number,
  entriesEnd: number,
): number {
  let low = 1;
  let high = groups;
  while (low < high) {
    const middle = (low + high) >>> 1;
    reader.position = bytes.readUInt32LE(entriesEnd + middle * u32Bytes);
    reader.next();
    const length = reader.next();
    reader.next();
    reader.next();
    if (bytes.latin1Slice(reader.position, reader.position + length) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function malformed(origin: { readonly path: string; readonly offset: number }, fault: string) {
  return new CorruptionError(origin.path, origin.offset, `malformed block: ${fault}`);
}
