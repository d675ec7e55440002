import type { Operation } from './services.js';

const PAGE_MAX = 100;

export const listTables: Operation<'ListTables'> = ({ tables }, input) => {
  const { ExclusiveStartTableName: start, Limit: limit = PAGE_MAX } = input;
  const names = tables.names();
  const first = start === undefined ? 0 : names.findIndex((name) => name > start);
  if (first === -1) return { TableNames: [] };
  const page = names.slice(first, first + limit);
  return {
    TableNames: page,
    LastEvaluatedTableName: first + limit < names.length ? page.at(-1) : undefined,
  };
};
