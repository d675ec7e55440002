/** Requests at once: each write sees the one before it. */
import t from 'tap';
import { type Json, n, openFixture, s, tableInput } from './fixture.js';

const TableName = 'table';
const Key = { pk: s('a') };
const add = {
  TableName,
  Key,
  UpdateExpression: 'ADD #n :one',
  ExpressionAttributeNames: { '#n': 'count' },
  ExpressionAttributeValues: { ':one': n(1) },
  ReturnValues: 'UPDATED_NEW',
};

t.test('counters lose no step', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', tableInput());
  const replies = await Promise.all(Array.from({ length: 200 }, () => call('UpdateItem', add)));
  const counts = replies.map((reply) => Number(((reply.Attributes as Json).count as Json).N));
  t.same(
    counts.sort((left, right) => left - right),
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
});

t.test('of writers who expect nothing to be there one succeeds', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', tableInput());
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      call('PutItem', {
        TableName,
        Item: { ...Key, winner: n(index) },
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  const winners = replies.flatMap((reply, index) => (reply.error === undefined ? [index] : []));
  t.equal(winners.length, 1);
  const item = { ...Key, winner: n(winners[0] ?? -1) };
  t.same(await call('GetItem', { TableName, Key }), { Item: item });
  for (const reply of replies.filter((each) => each.error !== undefined)) t.same(reply.Item, item);
});

t.test('an index is in step with its items after writes at once', async (t) => {
  const { call } = await openFixture();
  const indexes = { 'by-x': ['x', 'N', { ProjectionType: 'ALL' }] } as const;
  await call('CreateTable', tableInput({ sk: 'N', indexes }));
  const key = (sk: number) => ({ pk: s('a'), sk: n(sk) });
  await Promise.all(
    Array.from({ length: 300 }, (_, step) => {
      const item = key(step % 7);
      if (step % 5 === 4) return call('DeleteItem', { TableName, Key: item });
      return call('PutItem', {
        TableName,
        Item: { ...item, ...(step % 3 !== 0 && { x: n(step % 11) }), step: n(step) },
      });
    }),
  );
  const all = async (more: Json) =>
    (
      (
        await call('Query', {
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': s('a') },
          ...more,
        })
      ).Items as Json[]
    ).sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  const indexed = (await all({})).filter((item) => item.x !== undefined);
  t.ok(indexed.length > 0);
  t.same(await all({ IndexName: 'by-x' }), indexed);
});
