/** What an update may do to key attributes of its table and of the indexes. */
import { type AttributeValue, typeOf } from '../encoding/attribute-value.js';
import type { Update, UpdateAction } from '../expression/index.js';
import { isKeyValue } from '../table/key-schema.js';
import type { TableDefinition } from '../table/types.js';
import { checkScalarKeyPaths } from './key-paths.js';
import { invalidParameter } from './service-error.js';

/**
 * Keys of the table never change; keys of an index take values of their type only. What a value computes to is known
 * when it is applied: see PartitionOwner.update.
 * @throws ServiceError ValidationException
 */
export function checkUpdateOfKeys(definition: TableDefinition, update: Update): void {
  const { partition, sort } = definition.key;
  for (const key of sort === null ? [partition] : [partition, sort]) {
    if (update.some((action) => action.path[0] === key.name)) {
      throw invalidParameter(`Cannot update attribute ${key.name}. This attribute is part of the key`);
    }
  }
  for (const index of definition.localIndexes) {
    const { name, type } = index.sort;
    const value = literalOf(update.find((action) => action.path.length === 1 && action.path[0] === name));
    if (value !== undefined && !isKeyValue(value, type)) {
      throw invalidParameter(
        `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${index.name}`,
      );
    }
  }
  checkScalarKeyPaths(
    definition,
    update.map((action) => action.path),
  );
}

function literalOf(action: UpdateAction | undefined): AttributeValue | undefined {
  switch (action?.kind) {
    case 'set':
      return action.value.kind === 'value' ? action.value.value : undefined;
    case 'add':
    case 'delete':
      return action.value;
    default:
      return undefined;
  }
}
