/** What a restored table becomes, and whether it may take the place of one that is there. */
import assert from 'node:assert/strict';
import { TableError, tableBusy } from './errors.js';
import { HASH_END, hashBound, ITEM_SPACE } from './key-layout.js';
import type { RestoreRequest } from './restoration.js';
import type { Table } from './table.js';
import type { TableDraft } from './tables-environment.js';
import type { KeyAttribute, KeySchema, TableDefinition } from './types.js';

/** @throws TableError, see `Tables.restore` */
export async function draftToRestore(
  request: RestoreRequest,
  standing: Table | undefined,
): Promise<TableDraft> {
  assert(
    request.draft === undefined || request.draft.name === request.name,
    'a draft has the name of its table',
  );
  checkReplaceable(request, standing, request.draft);
  await checkEmpty(request, standing);
  if (standing === undefined || (request.overwrite && request.draft !== undefined)) {
    return withoutIdentity(request.draft as TableDraft);
  }
  return withoutIdentity(standing.definition);
}

/** Whether a table of the same name may go. @throws TableError */
export function checkReplaceable(
  { name, draft, overwrite }: RestoreRequest,
  standing: Table | undefined,
  becomes: { readonly key: KeySchema } | undefined,
): void {
  if (standing === undefined) {
    if (draft === undefined) throw new TableError('TABLE_NOT_FOUND', `there is no table ${name}`);
    return;
  }
  if (standing.status !== 'ACTIVE') throw tableBusy(name, standing.status);
  if (overwrite && standing.definition.settings.deletionProtection) {
    throw new TableError('TABLE_PROTECTED', `table ${name} is protected against deletion`);
  }
  if (!overwrite && becomes !== undefined && !sameKey(becomes.key, standing.definition.key)) {
    throw new TableError('TABLE_DIFFERS', `table ${name} is there already, and has another key`);
  }
}

/** @throws TableError TABLE_EXISTS when the table has items that nobody said could go */
export async function checkEmpty(
  { name, overwrite }: RestoreRequest,
  standing: Table | undefined,
): Promise<void> {
  if (standing === undefined || overwrite) return;
  const range = { from: hashBound(ITEM_SPACE, 0), to: hashBound(ITEM_SPACE, HASH_END) };
  for (const partition of standing.partitions) {
    const cursor = partition.range(range);
    try {
      if ((await cursor.next()) !== undefined) {
        throw new TableError('TABLE_EXISTS', `table ${name} is there already, and has items`);
      }
    } finally {
      cursor.close();
    }
  }
}

/** Of a definition (a draft may be one) everything that is not decided anew. */
function withoutIdentity(source: TableDraft): TableDraft {
  const { id: _, createdAtMs: __, ...draft } = source as TableDefinition;
  return draft;
}

function sameKey(left: KeySchema, right: KeySchema): boolean {
  return sameAttribute(left.partition, right.partition) && sameAttribute(left.sort, right.sort);
}

function sameAttribute(left: KeyAttribute | null, right: KeyAttribute | null): boolean {
  return left?.name === right?.name && left?.type === right?.type;
}
