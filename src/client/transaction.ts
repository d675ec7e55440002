/** Collects what a transaction is to do: up to 100 writes of different items, in any tables. */
import { writeMembers } from './members.js';
import { ACTION_OPTIONS, CHECK_OPTIONS, checkOptions } from './option-names.js';
import type { ActionOptions } from './types.js';

export class Transaction {
  /** The service's TransactItems. */
  readonly actions: object[] = [];

  put(table: string, item: object, options: ActionOptions = {}): this {
    checkOptions('put of a transaction', options, ACTION_OPTIONS);
    return this.add('Put', table, { Item: item }, options);
  }

  update(table: string, key: object, expression: string, options: ActionOptions = {}): this {
    checkOptions('update of a transaction', options, ACTION_OPTIONS);
    return this.add('Update', table, { Key: key, UpdateExpression: expression }, options);
  }

  delete(table: string, key: object, options: ActionOptions = {}): this {
    checkOptions('delete of a transaction', options, ACTION_OPTIONS);
    return this.add('Delete', table, { Key: key }, options);
  }

  /** Writes nothing; the transaction is cancelled unless the condition holds. */
  check(table: string, key: object, condition: string, options: Omit<ActionOptions, 'condition'> = {}): this {
    checkOptions('check of a transaction', options, CHECK_OPTIONS);
    return this.add('ConditionCheck', table, { Key: key }, { ...options, condition });
  }

  private add(kind: string, table: string, members: object, options: ActionOptions): this {
    this.actions.push({ [kind]: { ...members, ...writeMembers(table, options) } });
    return this;
  }
}
