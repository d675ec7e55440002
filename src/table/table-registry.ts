/** Which names are taken: by tables, and by those that are being made. */
import { TableError, tableBusy } from './errors.js';
import type { Table } from './table.js';

export class TableRegistry {
  private readonly byName = new Map<string, Table>();
  /** Names whose directories are being made: taken, but not yet tables. */
  private readonly reserved = new Set<string>();
  private sortedNames: readonly string[] | undefined;

  /** @param tablesMax names that may be taken at a time */
  constructor(private readonly tablesMax: number) {}

  /** A table in whatever state. */
  find(name: string): Table | undefined {
    return this.byName.get(name);
  }

  findByArn(arn: string): Table | undefined {
    for (const table of this.byName.values()) if (table.definition.arn === arn) return table;
    return undefined;
  }

  get all(): readonly Table[] {
    return [...this.byName.values()];
  }

  /** In byte order. */
  names(): readonly string[] {
    this.sortedNames ??= [...this.byName.keys()].sort();
    return this.sortedNames;
  }

  /** In the place of the one of the same name, if there is one. */
  add(table: Table): void {
    this.byName.set(table.definition.name, table);
    this.sortedNames = undefined;
  }

  remove(table: Table): void {
    this.byName.delete(table.definition.name);
    this.sortedNames = undefined;
  }

  isReserved(name: string): boolean {
    return this.reserved.has(name);
  }

  /** Also names of tables that are there and will be replaced. Throws TOO_MANY_TABLES. */
  reserve(names: readonly string[]): void {
    const added = names.filter((name) => !this.byName.has(name)).length;
    if (this.byName.size + this.reserved.size + added > this.tablesMax) {
      throw new TableError(
        'TOO_MANY_TABLES',
        `Subscriber limit exceeded: There is a limit of ${this.tablesMax} tables per subscriber`,
      );
    }
    for (const name of names) this.reserved.add(name);
  }

  release(names: readonly string[]): void {
    for (const name of names) this.reserved.delete(name);
  }

  /** Not being deleted: a record of it written now would bring the table back. */
  standing(name: string): Table {
    const table = this.existing(name);
    if (table.status === 'DELETING') throw tableBusy(name, table.status);
    return table;
  }

  changeable(name: string): Table {
    const table = this.existing(name);
    if (table.status !== 'ACTIVE') throw tableBusy(name, table.status);
    return table;
  }

  private existing(name: string): Table {
    const table = this.byName.get(name);
    if (table === undefined) {
      throw new TableError('TABLE_NOT_FOUND', `Requested resource not found: Table: ${name} not found`);
    }
    return table;
  }
}
