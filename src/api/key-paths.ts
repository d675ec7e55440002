/** Key attributes are scalars: a path that goes inside one is a mistake that the service names. */
import { type Condition, type DocumentPath, pathsOfCondition } from '../expression/index.js';
import type { TableDefinition } from '../table/types.js';
import { validationError } from './service-error.js';

/** @throws ServiceError ValidationException */
export function checkScalarKeyPaths(definition: TableDefinition, paths: readonly DocumentPath[]): void {
  if (!paths.some((path) => path.length > 1)) return;
  const { partition, sort } = definition.key;
  for (const key of sort === null ? [partition] : [partition, sort]) refuse(paths, key.name, 'Key');
  for (const index of definition.localIndexes) refuse(paths, index.sort.name, 'IndexKey');
}

/** @throws ServiceError ValidationException */
export function checkScalarKeysIn(definition: TableDefinition, condition: Condition | undefined): void {
  if (condition !== undefined) checkScalarKeyPaths(definition, pathsOfCondition(condition));
}

function refuse(paths: readonly DocumentPath[], name: string, kind: 'Key' | 'IndexKey'): void {
  if (paths.some((path) => path.length > 1 && path[0] === name)) {
    throw validationError(
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " +
        `${kind}: ${name}`,
    );
  }
}
