/**
 * Keys of a history as items of a table, and back.
 *
 *     pk/sk of a list      l: the values, as a list of numbers
 *     pk/sk of a register  v: the value; no item: nothing
 */
import type { Operation } from './history.js';
import { TABLE, type Wire } from './target.js';

export type ListRead = Extract<Operation, { kind: 'list' }>;
export type RegisterRead = Extract<Operation, { kind: 'read' }>;

export const text = (value: string): Wire => ({ S: value });
export const number = (value: number): Wire => ({ N: String(value) });

/** The names of lists start so; those of registers do not. */
export const LIST = 'list';

export function keyOf(key: string): Wire {
  const [pk = '', sk = ''] = key.split('/');
  return { pk: text(pk), sk: text(sk) };
}

export function itemOf(key: string): { TableName: string; Key: Wire } {
  return { TableName: TABLE, Key: keyOf(key) };
}

export function keyOfItem({ pk, sk }: Wire): string {
  return `${(pk as { S: string }).S}/${(sk as { S: string }).S}`;
}

/** What an item says about a key. */
export function readOf(key: string, item: Wire | undefined): ListRead | RegisterRead {
  if (key.startsWith(LIST)) {
    const { L = [] } = (item?.['l'] ?? {}) as { L?: { N: string }[] };
    return { kind: 'list', key, values: L.map(({ N }) => Number(N)) };
  }
  const value = item?.['v'] as { N: string } | undefined;
  return { kind: 'read', key, value: value === undefined ? undefined : Number(value.N) };
}

/** The condition under which a key still is as it was found: nothing at all when nothing was found. */
export function stillIs(found: ListRead | RegisterRead): Wire {
  if (found.kind === 'read') {
    return found.value === undefined
      ? { ConditionExpression: 'attribute_not_exists(v)' }
      : { ConditionExpression: 'v = :found', ExpressionAttributeValues: { ':found': number(found.value) } };
  }
  return found.values.length === 0
    ? { ConditionExpression: 'attribute_not_exists(l)' }
    : {
        ConditionExpression: 'size(l) = :found',
        ExpressionAttributeValues: { ':found': number(found.values.length) },
      };
}

/** An update, or an action of a transaction, that appends. */
export function appendUpdate(key: string, value: number, condition: Wire = {}): Wire {
  return {
    ...itemOf(key),
    UpdateExpression: 'SET l = list_append(if_not_exists(l, :none), :value)',
    ...condition,
    ExpressionAttributeValues: {
      ...(condition['ExpressionAttributeValues'] as Wire | undefined),
      ':none': { L: [] },
      ':value': { L: [number(value)] },
    },
  };
}

/** Of one, to a counter. */
export function addition(key: string): Wire {
  return {
    ...itemOf(key),
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': number(1) },
  };
}
