/** Transactions over items: from requests about items to the coordinator's actions on keys, and back. */

import type { Item } from '../encoding/attribute-value.js';
import { ExpressionError } from '../expression/errors.js';
import type { Snapshot } from '../partition/types.js';
import type { Coordinator } from '../transaction/coordinator.js';
import { LockConflictError } from '../transaction/errors.js';
import type { Token } from '../transaction/types.js';
import { TableError, transactionTooLarge } from './errors.js';
import { TRANSACTION_BYTES_MAX } from './limits.js';
import type { ItemAction, ItemRefusal, PartitionOwner } from './owner.js';
import type { GetReply, GetRequest, WriteReply } from './requests.js';
import type { Table } from './table.js';

export type TransactWriteRequest = ItemAction & { readonly table: Table };

export interface ItemGet {
  readonly table: Table;
  readonly request: GetRequest;
}

/** Why an action stood in the way. The messages are the caller's. */
export type TransactRefusal =
  | { readonly kind: 'condition'; readonly item: Item | undefined }
  | { readonly kind: 'conflict' }
  /** The action cannot be applied to the item. */
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'collection-full'; readonly message: string };

/** Replies and refusals in the order of the actions; a refusal is undefined where nothing stood in the way. */
export type TransactWriteReply =
  | { readonly kind: 'committed'; readonly replies: readonly WriteReply[] }
  /** It was committed before, with this token. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly refusals: readonly (TransactRefusal | undefined)[] };

/** Rejects with TRANSACTION_TOO_LARGE when the items that it makes are more than 4 MB together; nothing is written. */
export async function transactWrite(
  coordinator: Coordinator,
  requests: readonly TransactWriteRequest[],
  token: Token | undefined,
): Promise<TransactWriteReply> {
  const actions = await Promise.all(
    requests.map((request) => request.table.owner(request.request.address).action(request)),
  );
  try {
    const accept = (replies: readonly WriteReply[]) => checkSize(requests, replies);
    const outcome = await coordinator.write(actions, { token, accept });
    switch (outcome.kind) {
      case 'committed':
        return { kind: 'committed', replies: actions.map(({ committed }) => committed()) };
      case 'repeated':
        return outcome;
      case 'refused':
        return { kind: 'refused', refusals: outcome.refusals.map((refusal) => refusal && explain(refusal)) };
    }
  } catch (error) {
    if (!(error instanceof LockConflictError)) throw error;
    const { position } = error;
    const conflict = { kind: 'conflict' } as const;
    return {
      kind: 'refused',
      refusals: actions.map((_, index) => (index === position ? conflict : undefined)),
    };
  }
}

function checkSize(requests: readonly TransactWriteRequest[], replies: readonly WriteReply[]): void {
  let bytes = 0;
  for (const [index, reply] of replies.entries()) {
    if (reply.written && requests[index]?.kind !== 'check') bytes += reply.newBytes;
  }
  if (bytes > TRANSACTION_BYTES_MAX) throw transactionTooLarge();
}

/** @throws the error of an action that is not the caller's fault */
function explain({ item, error }: ItemRefusal): TransactRefusal {
  if (error === undefined) return { kind: 'condition', item };
  if (error instanceof ExpressionError) return { kind: 'invalid', message: error.message };
  if (error instanceof TableError && error.code === 'INVALID_ITEM') {
    return { kind: 'invalid', message: error.message };
  }
  if (error instanceof TableError && error.code === 'COLLECTION_FULL') {
    return { kind: 'collection-full', message: error.message };
  }
  throw error;
}

/** What becomes visible in several partitions does so in one synchronous step, and so does this look at it. */
export async function transactGet(gets: readonly ItemGet[]): Promise<GetReply[]> {
  const snapshots = new Map<PartitionOwner, Snapshot>();
  const owners = gets.map(({ table, request }) => table.owner(request.address));
  try {
    for (const owner of owners) {
      if (!snapshots.has(owner)) snapshots.set(owner, owner.partition.snapshot());
    }
    return await Promise.all(
      gets.map(({ request }, index) => {
        const owner = owners[index] as PartitionOwner;
        return owner.get(request, snapshots.get(owner));
      }),
    );
  } finally {
    for (const snapshot of snapshots.values()) snapshot.release();
  }
}
