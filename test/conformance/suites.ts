/** Every suite, in the order in which they run. */
import type { Suite } from './case.js';
import { batches } from './cases/batches.js';
import { capacity } from './cases/capacity.js';
import { conditions } from './cases/conditions.js';
import { constraints } from './cases/constraints.js';
import { itemRefusals } from './cases/item-refusals.js';
import { items } from './cases/items.js';
import { legacy } from './cases/legacy.js';
import { names } from './cases/names.js';
import { numbers } from './cases/numbers.js';
import { queries } from './cases/queries.js';
import { scans } from './cases/scans.js';
import { tables } from './cases/tables.js';
import { timeToLive } from './cases/time-to-live.js';
import { transactions } from './cases/transactions.js';
import { types } from './cases/types.js';
import { updates } from './cases/updates.js';
import { values } from './cases/values.js';

export const suites: readonly Suite[] = [
  types,
  constraints,
  values,
  names,
  numbers,
  itemRefusals,
  items,
  conditions,
  updates,
  queries,
  scans,
  batches,
  transactions,
  legacy,
  tables,
  timeToLive,
  capacity,
];
