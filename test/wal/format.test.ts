/** The log's bytes, as they must stay. */
import t from 'tap';

import { readWholeFile } from '../../src/vfs/io.js';
import {
  bodyMatches,
  decodeBatchHeader,
  decodeFragmentHeader,
  decodeSegmentHeader,
  encodeSegmentHeader,
  FragmentType,
} from '../../src/wal/format.js';
import { append, newDisk, open, segmentFiles } from './fixture.js';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

const SEGMENT = {
  version: 2,
  number: 0x0102030405,
  identity: hex('1122334455667788'),
  previousIdentity: hex('99aabbccddeeff00'),
  recycled: true,
  firstSizeBytes: 0x01000200,
};

const SEGMENT_BYTES = Buffer.concat([
  Buffer.from('VARVEWAL'),
  hex('02000000 01000000 0504030201000000 1122334455667788 99aabbccddeeff00 0002000100000000'),
  Buffer.alloc(460),
  hex('e5ac68e1'),
]);

/** The same of format 1, which had no size. */
const SEGMENT_1 = { ...SEGMENT, version: 1, firstSizeBytes: 0 };
const SEGMENT_1_BYTES = Buffer.concat([
  Buffer.from('VARVEWAL'),
  hex('01000000 01000000 0504030201000000 1122334455667788 99aabbccddeeff00'),
  Buffer.alloc(468),
  hex('a3e7585d'),
]);

t.test('a segment header', async (t) => {
  t.equal(encodeSegmentHeader(SEGMENT).toString('hex'), SEGMENT_BYTES.toString('hex'));
  t.same(decodeSegmentHeader(SEGMENT_BYTES), SEGMENT);
  t.same(decodeSegmentHeader(SEGMENT_1_BYTES), SEGMENT_1);
  t.match(decodeSegmentHeader(SEGMENT_BYTES.subarray(0, 511)), { invalid: /cut short/ });
});

t.test('batches of a log', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await Promise.all([append(log, 1, 'one'), append(log, 2, 'two')]);
  await log.close();
  const [path] = await segmentFiles(disk);
  const bytes = await readWholeFile(disk, path ?? '');
  const header = decodeSegmentHeader(bytes);
  if ('invalid' in header) throw new Error(header.invalid);
  // The identity is chance; with it the checksum of the header. Everything else is as written here.
  const identity = header.identity.toString('hex');
  const batches = bytes.subarray(512, 512 + 48 + 38 + 48).toString('hex');
  const checksum = (at: number) => bytes.subarray(at, at + 4).toString('hex');
  const expected = `
    ${identity} ${checksum(520)} c1739a4b 00020000 26000000 0100000000000000 0000000000000000 01 000000 00080000
      03000000 01000000 0100000000000000 6f6e65
      03000000 01000000 0200000000000000 74776f
    ${identity} ${checksum(606)} 00000000 56020000 00000000 0200000000000000 0200000000000000 02 000000 00080000`;
  t.equal(batches, expected.replaceAll(/\s/g, ''));

  const first = decodeBatchHeader(bytes, 512, header.identity, 0);
  t.match(first, { offset: 512, bodyBytes: 38, ordinal: 1, previousSequence: 0, kind: 1 });
  t.ok(first !== undefined && bodyMatches(first, bytes.subarray(560, 598)));
  t.equal(decodeBatchHeader(bytes, 512, header.identity, 1), undefined, 'another place in the file');
  t.equal(decodeBatchHeader(bytes, 512, Buffer.from('another!'), 0), undefined, 'another identity');
  t.same(decodeFragmentHeader(bytes.subarray(560, 598), 19), {
    payloadBytes: 3,
    type: FragmentType.full,
    sequence: 2,
  });
  t.equal(decodeFragmentHeader(bytes.subarray(560, 597), 19), undefined, 'cut short');
});
