/**
 * All tables of a data directory.
 *
 *   VARVE                     says that this is a data directory (directory-marker.ts)
 *   catalog/                  the catalog's partition (catalog.ts)
 *   transactions/             decisions on transactions over several partitions (transaction/decision-log.ts)
 *   tables/<table id>/<n>/    partition n of a table
 *
 * Create: directories and partitions first, then the catalog's record. Delete: the record first, then the directories.
 * A crash in between leaves directories without a record; opening removes them (orphans.ts).
 */
import { PartitionError } from '../partition/errors.js';
import type { Partition } from '../partition/types.js';
import { Coordinator } from '../transaction/coordinator.js';
import type { LockStatistics } from '../transaction/lock-table.js';
import type { Token, TransactionStatistics } from '../transaction/types.js';
import { makeDirectoryDurably } from '../vfs/io.js';
import { Catalog } from './catalog.js';
import { readMarker, writeMarker } from './directory-marker.js';
import { TableError, tableBusy } from './errors.js';
import { DEFAULT_PARTITION_COUNT, REMOVAL_RETRY_MS, TABLES_MAX, TABLES_OPENING_MAX } from './limits.js';
import { removeOrphans } from './orphans.js';
import type { GetReply } from './requests.js';
import { Restoration, type RestoreRequest } from './restoration.js';
import { checkEmpty, checkReplaceable, draftToRestore } from './restore-target.js';
import { Table } from './table.js';
import { TableDirectories } from './table-directories.js';
import { inParallel, openAll, randomId } from './table-files.js';
import { TableRegistry } from './table-registry.js';
import type { TableDraft, TablesEnvironment } from './tables-environment.js';
import { type TablesStatistics, TableTotals } from './totals.js';
import {
  type ItemGet,
  type TransactWriteReply,
  type TransactWriteRequest,
  transactGet,
  transactWrite,
} from './transactions.js';
import { Turns } from './turns.js';
import type { TableDefinition, TableSettings, TableStatus } from './types.js';

export class Tables {
  /** How long a change of a table's state shows, in milliseconds; 0: it never does. */
  readonly transitionMs: number;
  private readonly registry: TableRegistry;
  private readonly directories: TableDirectories;
  /** Of changes of a table: each builds on the one before, if that took effect. */
  private readonly turns = new Turns();
  /** Removals and transitions that `close` waits for. */
  private readonly background = new Set<Promise<void>>();
  private readonly totals = new TableTotals();
  private closed = false;

  private constructor(
    private readonly environment: TablesEnvironment,
    private readonly catalog: Catalog,
    private readonly coordinator: Coordinator,
  ) {
    this.transitionMs = environment.options?.transitionMs ?? 0;
    this.registry = new TableRegistry(environment.options?.tablesMax ?? TABLES_MAX);
    this.directories = new TableDirectories(environment);
  }

  static async open(environment: TablesEnvironment): Promise<Tables> {
    const { directory, disk, openPartition } = environment;
    const marker = await readMarker(disk, directory);
    if (marker === undefined) await writeMarker(disk, directory, { complete: false });
    await makeDirectoryDurably(disk, `${directory}/catalog`);
    await makeDirectoryDurably(disk, `${directory}/tables`);
    await makeDirectoryDurably(disk, `${directory}/transactions`);
    const catalogPath = `${directory}/catalog`;
    const [catalog, decisions] = (await openAll(
      [catalogPath, `${directory}/transactions`],
      // Changes of the catalog are rare, and a table hangs on each.
      (path, how) => openPartition(path, path === catalogPath ? { ...how, markAfterMs: 0 } : how),
      { existing: marker?.complete === true },
    )) as [Partition, Partition];
    const { clock, random, options } = environment;
    const coordinator = new Coordinator({ decisions, clock, random, options: options?.transactions });
    const tables = new Tables(environment, new Catalog(catalog), coordinator);
    try {
      await tables.recover();
      if (marker?.complete !== true) await writeMarker(disk, directory, { complete: true });
    } catch (error) {
      await tables.close();
      throw error;
    }
    return tables;
  }

  /** A table that items can be read from and written to; undefined while it is being created or deleted. */
  get(name: string): Table | undefined {
    const table = this.registry.find(name);
    return table === undefined || table.status === 'CREATING' || table.status === 'DELETING'
      ? undefined
      : table;
  }

  /** A table in whatever state. */
  find(name: string): Table | undefined {
    return this.registry.find(name);
  }

  findByArn(arn: string): Table | undefined {
    return this.registry.findByArn(arn);
  }

  /** In byte order. */
  names(): readonly string[] {
    return this.registry.names();
  }

  /** Durable on return. Rejects with TABLE_EXISTS. */
  async create(draft: TableDraft): Promise<Table> {
    const { name } = draft;
    this.assertOpen();
    if (this.registry.find(name) !== undefined || this.registry.isReserved(name)) {
      throw new TableError('TABLE_EXISTS', `Table already exists: ${name}`);
    }
    const definition = this.define(draft);
    this.registry.reserve([name]);
    try {
      const table = this.tableOf(definition, await this.directories.make(definition));
      try {
        await this.catalog.put(definition);
      } catch (error) {
        // The record may have survived, so the directories stay; opening knows.
        await table.close();
        throw error;
      }
      this.registry.add(table);
      this.transition(table, 'CREATING', () => {
        table.status = 'ACTIVE';
      });
      return table;
    } finally {
      this.registry.release([name]);
    }
  }

  /**
   * Replaces the settings of a table with what `change` makes of them. Durable on return.
   * Rejects with TABLE_NOT_FOUND, TABLE_BUSY, or what `change` throws.
   * @param quiet the table does not show UPDATING, as for tags
   */
  async update(
    name: string,
    change: (settings: TableSettings) => TableSettings,
    { quiet = false }: { readonly quiet?: boolean } = {},
  ): Promise<Table> {
    return this.turns.take(name, async () => {
      this.assertOpen();
      const table = quiet ? this.registry.standing(name) : this.registry.changeable(name);
      const settings = change(table.definition.settings);
      const definition = { ...table.definition, settings };
      await this.catalog.put(definition);
      // Only now: nobody sees settings that a crash can take back.
      table.redefine(definition);
      if (!quiet) {
        this.transition(table, 'UPDATING', () => {
          if (table.status === 'UPDATING') table.status = 'ACTIVE';
        });
      }
      return table;
    });
  }

  /** Durable on return; files go afterwards. Rejects with TABLE_NOT_FOUND, TABLE_BUSY or TABLE_PROTECTED. */
  async delete(name: string): Promise<Table> {
    this.assertOpen();
    const table = this.registry.changeable(name);
    if (table.definition.settings.deletionProtection) {
      throw new TableError(
        'TABLE_PROTECTED',
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    table.status = 'DELETING';
    try {
      await this.catalog.remove(table.definition);
    } catch (error) {
      // Where the removal may have survived, what is written to the table from now on would go with it.
      if (error instanceof PartitionError && error.maySurvive) this.removeLater(table);
      else table.status = 'ACTIVE';
      throw error;
    }
    this.removed(table);
    return table;
  }

  /**
   * Tables that nobody sees until all of their items are there. Their names are taken meanwhile.
   * Rejects with TABLE_EXISTS, TABLE_NOT_FOUND, TABLE_BUSY, TABLE_PROTECTED, TABLE_DIFFERS or TOO_MANY_TABLES.
   */
  async restore(requests: readonly RestoreRequest[]): Promise<Restoration> {
    this.assertOpen();
    for (const { name } of requests) {
      if (this.registry.isReserved(name)) throw tableBusy(name, 'CREATING');
    }
    const names = requests.map(({ name }) => name);
    this.registry.reserve(names);
    const filling: Table[] = [];
    let isUncertain = false;
    const discard = async () => {
      if (isUncertain) {
        // They may have been shown. The next start knows.
        await Promise.all(filling.map((table) => table.close()));
        return;
      }
      await Promise.all(filling.map((table) => this.discard(table)));
      this.registry.release(names);
    };
    try {
      const drafts = await Promise.all(
        requests.map((request) => draftToRestore(request, this.registry.find(request.name))),
      );
      const definitions = drafts.map((draft) => this.define(draft));
      await this.catalog.announce(definitions);
      for (const definition of definitions) {
        filling.push(this.tableOf(definition, await this.directories.make(definition)));
      }
    } catch (error) {
      await discard();
      throw error;
    }
    return new Restoration(
      {
        show: async () => {
          try {
            await this.exchange(requests, filling);
          } catch (error) {
            isUncertain = error instanceof PartitionError && error.maySurvive;
            throw error;
          }
          this.registry.release(names);
        },
        discard,
      },
      filling,
    );
  }

  /**
   * All or nothing, over any items of any tables; each item once. Durable and visible when it is committed.
   * Rejects with `TokenError`, or with what a write of one item rejects with.
   */
  transactWrite(actions: readonly TransactWriteRequest[], token?: Token): Promise<TransactWriteReply> {
    return transactWrite(this.coordinator, actions, token);
  }

  /** The items as of one moment. Never waits for a write. */
  transactGet(gets: readonly ItemGet[]): Promise<GetReply[]> {
    return transactGet(gets);
  }

  get transactionStatistics(): TransactionStatistics & { readonly locks: LockStatistics } {
    return { ...this.coordinator.statistics, locks: this.coordinator.locks.statistics };
  }

  /** Of all tables and their partitions. Gathered when asked for: a few microseconds for each partition. */
  get statistics(): TablesStatistics {
    return this.totals.gather(this.registry.all);
  }

  /** Finishes what is pending and closes every partition. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all(this.background);
    await this.coordinator.drain();
    await Promise.all(this.registry.all.map((table) => table.close()));
    await this.coordinator.close();
    await this.catalog.close();
  }

  private async recover(): Promise<void> {
    const definitions = await this.catalog.list();
    await removeOrphans(this.environment.disk, this.directories.path, this.catalog, definitions);
    await inParallel(definitions, TABLES_OPENING_MAX, async (definition) => {
      this.registry.add(this.tableOf(definition, await this.directories.open(definition)));
    });
    await this.coordinator.recover(this.registry.all.flatMap((table) => table.participants));
  }

  private define(draft: TableDraft): TableDefinition {
    const { clock, random, options } = this.environment;
    return {
      ...draft,
      id: randomId(random),
      createdAtMs: clock.now(),
      partitionCount: draft.partitionCount ?? options?.partitionCount ?? DEFAULT_PARTITION_COUNT,
    };
  }

  /** Puts tables in the place of those of the same names. */
  private async exchange(requests: readonly RestoreRequest[], filled: readonly Table[]): Promise<void> {
    this.assertOpen();
    const replaced = requests
      .map(({ name }) => this.registry.find(name))
      .filter((table) => table !== undefined);
    for (const [index, request] of requests.entries()) {
      checkReplaceable(request, this.registry.find(request.name), filled[index]?.definition);
    }
    // From here on nobody finds them: what was written now would be lost with them.
    for (const table of replaced) table.status = 'DELETING';
    try {
      await Promise.all(requests.map((request) => checkEmpty(request, this.registry.find(request.name))));
      await this.catalog.exchange(
        filled.map(({ definition }) => definition),
        replaced.map(({ definition }) => definition),
      );
    } catch (error) {
      // Where it may have taken effect they stay as they are: nothing more must be written to them.
      if (!(error instanceof PartitionError && error.maySurvive)) {
        for (const table of replaced) table.status = 'ACTIVE';
      }
      throw error;
    }
    for (const table of filled) this.registry.add(table);
    for (const table of replaced) this.inBackground(this.discard(table));
  }

  private tableOf(definition: TableDefinition, partitions: readonly Partition[]): Table {
    const { clock, options } = this.environment;
    return new Table(definition, partitions, this.coordinator.locks, clock, options?.collectionBytesMax);
  }

  private async discard(table: Table): Promise<void> {
    await table.close();
    await this.directories.remove(table.definition);
    await this.catalog.forget([table.definition.id]);
  }

  private removed(table: Table): void {
    this.transition(table, 'DELETING', () => {
      this.registry.remove(table);
      this.totals.retire(table);
      this.inBackground(this.discard(table));
    });
  }

  /** Until it is certain: the table stays DELETING. */
  private removeLater(table: Table): void {
    this.environment.clock.after(REMOVAL_RETRY_MS, () => {
      if (this.closed) return;
      const removal = this.catalog.remove(table.definition);
      this.inBackground(
        removal.then(
          () => this.removed(table),
          () => this.removeLater(table),
        ),
      );
    });
  }

  /** Shows `status` for the configured time, then runs `settle`. */
  private transition(table: Table, status: TableStatus, settle: () => void): void {
    if (this.transitionMs === 0) {
      settle();
      return;
    }
    table.status = status;
    this.environment.clock.after(this.transitionMs, () => {
      if (!this.closed) settle();
    });
  }

  /** A removal of files that fails leaves an orphan, which the next opening removes. */
  private inBackground(work: Promise<void>): void {
    const tracked = work
      .catch(() => undefined)
      .finally(() => {
        this.background.delete(tracked);
      });
    this.background.add(tracked);
  }

  private assertOpen(): void {
    if (this.closed) throw new TableError('CLOSED', 'the data directory is closed');
  }
}
