/** ElectroDB: employees and tasks of a company, two entities of one service in one collection of one table. */
import { ElectroError, Entity, Service } from 'electrodb';
import t from 'tap';
import { createSingleTable, refusalOf, surroundings } from './fixture.js';

const { client, name: table } = await surroundings(t, 'electrodb');
await createSingleTable(client, table);

const CONDITION_FAILED = 4001;

const Employee = new Entity(
  {
    model: { entity: 'employee', version: '1', service: 'company' },
    attributes: {
      team: { type: 'string', required: true },
      id: { type: 'string', required: true },
      title: { type: ['junior', 'senior', 'principal'] as const, required: true },
      salary: { type: 'number', default: 0 },
      skills: { type: 'set', items: 'string' },
      history: {
        type: 'list',
        items: { type: 'map', properties: { year: { type: 'number' }, note: { type: 'string' } } },
      },
    },
    indexes: {
      primary: {
        collection: 'team',
        pk: { field: 'pk', composite: ['team'] },
        sk: { field: 'sk', composite: ['id'] },
      },
      byTitle: {
        index: 'byLsi1',
        pk: { field: 'pk', composite: ['team'] },
        sk: { field: 'lsi1', composite: ['title', 'id'] },
      },
    },
  },
  { client, table },
);

const Task = new Entity(
  {
    model: { entity: 'task', version: '1', service: 'company' },
    attributes: {
      team: { type: 'string', required: true },
      project: { type: 'string', required: true },
      number: { type: 'number', required: true, padding: { length: 4, char: '0' } },
      open: { type: 'boolean', default: true },
    },
    indexes: {
      primary: {
        collection: 'team',
        pk: { field: 'pk', composite: ['team'] },
        sk: { field: 'sk', composite: ['project', 'number'] },
      },
    },
  },
  { client, table },
);

const company = new Service({ employee: Employee, task: Task });
const TITLES = ['junior', 'senior', 'principal'] as const;
const employees = Array.from({ length: 12 }, (_, index) => ({
  team: 'storage',
  id: `e${String(index).padStart(2, '0')}`,
  title: TITLES[index % 3] ?? 'junior',
}));
const tasks = Array.from({ length: 60 }, (_, index) => ({
  team: 'storage',
  project: index < 40 ? 'log' : 'tree',
  number: index,
}));

t.test('creates once, and knows a failed condition', async (t) => {
  for (const each of employees) await Employee.create(each).go();
  const refusal = await refusalOf(Employee.create({ team: 'storage', id: 'e00', title: 'junior' }).go());
  t.type(refusal, ElectroError);
  t.equal(refusal.code, CONDITION_FAILED);
  const { data } = await Employee.get({ team: 'storage', id: 'e00' }).go({ consistent: true });
  t.strictSame(data, { ...employees[0], salary: 0 });
});

t.test('patches only what is there', async (t) => {
  const key = { team: 'storage', id: 'e01' };
  const { data } = await Employee.patch(key)
    .add({ salary: 1000, skills: ['fsync', 'crc'] })
    .append({ history: [{ year: 2025, note: 'joined' }] })
    .where(({ salary }, { eq }) => eq(salary, 0))
    .go({ response: 'all_new' });
  t.match(data, { salary: 1000, history: [{ year: 2025, note: 'joined' }] });
  t.strictSame(data.skills?.toSorted(), ['crc', 'fsync']);
  const refusal = await refusalOf(Employee.patch({ team: 'storage', id: 'nobody' }).set({ salary: 1 }).go());
  t.equal(refusal.code, CONDITION_FAILED);
});

t.test('updates deep paths and sets', async (t) => {
  const { data } = await Employee.update({ team: 'storage', id: 'e01' })
    .data((attributes, { set, del, subtract }) => {
      set(attributes.history[0]!.note!, 'arrived');
      del(attributes.skills, ['crc']);
      subtract(attributes.salary, 1);
    })
    .go({ response: 'all_new' });
  t.match(data, { salary: 999, history: [{ year: 2025, note: 'arrived' }], skills: ['fsync'] });
});

t.test('writes and reads in batches of any length', async (t) => {
  const { unprocessed } = await Task.put(tasks).go({ concurrency: 2 });
  t.strictSame(unprocessed, []);
  const { data } = await Task.get(tasks).go({ preserveBatchOrder: true });
  t.strictSame(
    data,
    tasks.map((each) => ({ ...each, open: true })),
  );
});

t.test('queries part of a composite key page by page', async (t) => {
  const numbers: number[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: { data: { number: number }[]; cursor: string | null } = await Task.query
      .primary({ team: 'storage', project: 'log' })
      .go({ limit: 15, cursor });
    numbers.push(...page.data.map((each) => each.number));
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== null);
  t.strictSame(
    numbers,
    tasks.filter(({ project }) => project === 'log').map((each) => each.number),
  );
  t.equal(pages, 3);
  const between = await Task.query
    .primary({ team: 'storage', project: 'log' })
    .between({ number: 5 }, { number: 8 })
    .go({ order: 'desc' });
  t.strictSame(
    between.data.map((each) => each.number),
    [8, 7, 6, 5],
  );
});

t.test('queries a local index', async (t) => {
  const { data } = await Employee.query.byTitle({ team: 'storage', title: 'senior' }).go();
  t.strictSame(
    data.map(({ id }) => id),
    employees.filter(({ title }) => title === 'senior').map(({ id }) => id),
  );
});

t.test('reads a collection of two entities at once', async (t) => {
  const { data } = await company.collections.team({ team: 'storage' }).go({ pages: 'all' });
  t.equal(data.employee.length, employees.length);
  t.equal(data.task.length, tasks.length);
});

t.test('upserts, scans with a filter, removes', async (t) => {
  await Task.upsert({ team: 'storage', project: 'tree', number: 40, open: false }).go();
  const { data: closed } = await Task.scan.where(({ open }, { eq }) => eq(open, false)).go({ pages: 'all' });
  t.strictSame(closed, [{ team: 'storage', project: 'tree', number: 40, open: false }]);
  const { data: removed } = await Task.remove({ team: 'storage', project: 'tree', number: 40 }).go();
  t.match(removed, { number: 40 });
  await Task.delete(tasks.slice(0, 40)).go();
  const { data: left } = await Task.query.primary({ team: 'storage', project: 'log' }).go();
  t.strictSame(left, []);
});
