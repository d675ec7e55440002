import { createHash } from 'node:crypto';
import t from 'tap';
import { NumberValue } from '../../src/encoding/attribute-value.js';
import type { KeyValue } from '../../src/encoding/key.js';
import { hashOfPartitionKey } from '../../src/encoding/partition-hash.js';

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest().readUInt32BE();

t.test('the bytes of each type', (t) => {
  const cases: readonly (readonly [KeyValue, hex: string])[] = [
    ['user#1', Buffer.from('user#1').toString('hex')],
    ['é\0', 'c3a900'],
    [new Uint8Array([0, 255]), '00ff'],
    [new NumberValue('0'), '80'],
    [new NumberValue('1'), 'c102'],
    [new NumberValue('10'), 'c10b'],
    [new NumberValue('100'), 'c202'],
    [new NumberValue('123.4'), 'c2021829'],
    [new NumberValue('0.01'), 'c002'],
    [new NumberValue('0.001'), 'bf0b'],
    [new NumberValue('-1'), '3e6466'],
    [new NumberValue('-123.4'), '3d644e3d66'],
    [new NumberValue(`-${'1'.repeat(38)}`), `2c${'5a'.repeat(19)}66`],
    [new NumberValue(`-1.${'1'.repeat(37)}`), `3e64${'5a'.repeat(18)}5b`],
  ];
  for (const [value, hex] of cases) {
    const salted = Buffer.concat([Buffer.from('Outliers'), Buffer.from(hex, 'hex')]);
    t.equal(hashOfPartitionKey(value), md5(salted), hex);
  }
  t.end();
});

t.test('text of any length, at the ends of what fits a block of MD5, and of any characters', (t) => {
  const expect = (text: string) => {
    const hash = hashOfPartitionKey(text);
    const expected = md5(Buffer.from(`Outliers${text}`));
    // One assertion for each of some thousands would be most of the time.
    if (hash !== expected) t.equal(hash, expected, JSON.stringify(text));
  };
  for (let length = 1; length <= 200; length += 1) {
    for (const character of ['a', '\0', '\x7f', '\x80', 'é', '€', '\ud800']) expect(character.repeat(length));
    expect(`${'k'.repeat(length - 1)}é`);
  }
  for (let index = 0; index < 20_000; index += 1) expect(`key-${(index * 2_654_435_761) % 2 ** 32}`);
  t.equal(hashOfPartitionKey('a'.repeat(47)), md5(Buffer.from(`Outliers${'a'.repeat(47)}`)));
  t.end();
});

t.test('it is on disk: it never changes', (t) => {
  t.equal(hashOfPartitionKey('3635'), 0x0008c2d9);
  t.equal(hashOfPartitionKey('228'), 0x000efbc1);
  t.equal(hashOfPartitionKey('1668'), 0x001fef29);
  t.equal(hashOfPartitionKey('3435'), 0x00447728);
  t.end();
});
