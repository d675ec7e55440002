/** OneTable: accounts and their invoices, from a schema that also creates the table with its local index. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: OneTable fills such templates itself

import { OneTableError, Table } from 'dynamodb-onetable';
import { Dynamo } from 'dynamodb-onetable/Dynamo';
import t from 'tap';
import { refusalOf, surroundings } from './fixture.js';

const { client, name } = await surroundings(t, 'onetable');

const schema = {
  format: 'onetable:1.1.0',
  version: '0.0.1',
  indexes: {
    primary: { hash: 'pk', sort: 'sk' },
    ls1: { sort: 'lsi1', project: 'all', type: 'local' },
  },
  models: {
    Account: {
      pk: { type: String, value: 'account:${id}' },
      sk: { type: String, value: 'account:' },
      id: { type: String, generate: 'ulid' },
      name: { type: String, required: true },
      balance: { type: Number, default: 0 },
      address: { type: Object, default: {}, schema: { street: { type: String }, zip: { type: String } } },
      labels: { type: Set },
    },
    Invoice: {
      pk: { type: String, value: 'account:${account}' },
      sk: { type: String, value: 'invoice:${number}' },
      lsi1: { type: String, value: 'invoice:${state}:${number}' },
      account: { type: String, required: true },
      number: { type: String, required: true },
      state: { type: String, enum: ['due', 'paid'], default: 'due' },
      amount: { type: Number },
      issued: { type: Date },
    },
  },
  params: { isoDates: true, timestamps: true },
} as const;

const table = new Table({ client: new Dynamo({ client }), name, schema, partial: true });
const Account = table.getModel('Account');
const Invoice = table.getModel('Invoice');
const invoices = Array.from({ length: 30 }, (_, index) => ({
  account: 'acme',
  number: String(index).padStart(5, '0'),
  state: index % 3 === 0 ? ('paid' as const) : ('due' as const),
  amount: index * 1.5,
  issued: new Date(Date.UTC(2025, 0, 1 + index)),
}));

t.test('creates its table', async (t) => {
  t.equal(await table.exists(), false);
  await table.createTable({ BillingMode: 'PAY_PER_REQUEST' });
  t.equal(await table.exists(), true);
  t.strictSame(await table.getKeys(), {
    primary: { hash: 'pk', sort: 'sk' },
    ls1: { hash: 'pk', sort: 'lsi1', project: 'all', type: 'local' },
  });
});

t.test('creates once', async (t) => {
  await Account.create({ id: 'acme', name: 'Acme', labels: new Set(['big']) });
  const refusal = await refusalOf(Account.create({ id: 'acme', name: 'Other' }));
  t.type(refusal, OneTableError);
  t.equal(refusal.code, 'ConditionalCheckFailedException');
  t.match(await Account.get({ id: 'acme' }), { name: 'Acme', balance: 0, labels: new Set(['big']) });
});

t.test('writes and reads a batch', async (t) => {
  for (const from of [0, 25]) {
    const batch = {};
    for (const each of invoices.slice(from, from + 25)) await Invoice.create(each, { batch, exists: null });
    t.equal(await table.batchWrite(batch), true);
  }
  const batch = {};
  for (const { account, number } of invoices.slice(0, 3)) await Invoice.get({ account, number }, { batch });
  const found = await table.batchGet<{ number: string }>(batch, { parse: true, hidden: false });
  t.strictSame(found.map(({ number }) => number).sort(), ['00000', '00001', '00002']);
});

t.test('finds by prefix, page by page', async (t) => {
  const seen: string[] = [];
  let next: object | undefined;
  do {
    const page = await Invoice.find(
      { pk: 'account:acme', sk: { begins: 'invoice:000' } },
      { limit: 8, ...(next && { next }) },
    );
    seen.push(...page.map(({ number }) => number));
    next = page.next;
  } while (next);
  t.strictSame(
    seen,
    invoices.map(({ number }) => number),
  );
});

t.test('finds through its local index', async (t) => {
  const due = await Invoice.find({ account: 'acme', state: 'due' }, { index: 'ls1', reverse: true });
  t.strictSame(
    due.map(({ number }) => number),
    invoices
      .filter(({ state }) => state === 'due')
      .map(({ number }) => number)
      .reverse(),
  );
  t.strictSame(due[0]?.issued, invoices.at(-1)?.issued);
  const filtered = await Invoice.find({ account: 'acme' }, { where: '${amount} > {30}', count: true });
  t.equal(filtered.count, invoices.filter(({ amount }) => amount > 30).length);
});

t.test('updates, adds, and nests', async (t) => {
  const updated = await Account.update(
    { id: 'acme', address: { street: 'Main' } },
    { add: { balance: 100 }, where: '${name} = {Acme}' },
  );
  t.match(updated, { name: 'Acme', balance: 100, address: { street: 'Main' } });
  const nested = await Account.update({ id: 'acme' }, { set: { 'address.zip': '{SW1A 1AA}' } });
  t.match(nested, { address: { street: 'Main', zip: 'SW1A 1AA' } });
  const refusal = await refusalOf(Account.update({ id: 'nobody', name: 'Nobody' }));
  t.type(refusal, OneTableError);
  t.match(await Account.upsert({ id: 'other', name: 'Other' }), { name: 'Other' });
});

t.test('fetches an item collection of two models', async (t) => {
  const { Account: accounts = [], Invoice: found = [] } = await table.fetch(['Account', 'Invoice'], {
    pk: 'account:acme',
  });
  t.equal(accounts.length, 1);
  t.equal(found.length, invoices.length);
});

t.test('scans and removes', async (t) => {
  t.equal((await Invoice.scan({ state: 'paid' })).length, 10);
  await Invoice.remove({ account: 'acme', number: '00000' });
  t.equal(await Invoice.get({ account: 'acme', number: '00000' }), undefined);
  await Invoice.remove({ account: 'acme', state: 'paid' }, { many: true });
  t.equal((await Invoice.scan({ state: 'paid' })).length, 0);
});
