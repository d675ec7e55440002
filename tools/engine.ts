/** Puts the rooms together: disk → tables → operations. */
import { unknownOperation } from '../src/api/service-error.js';
import type { Api } from '../src/api/types.js';
import type { Clock, Random } from '../src/vfs/clock.js';
import type { ServeOptions } from './serve-options.js';

export interface Engine {
  readonly api: Api;
  /** Closes logs and tables, releases the data directory. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (line: string) => void;
}

export async function openEngine(_options: ServeOptions, _surroundings: Surroundings): Promise<Engine> {
  const api: Api = {
    async execute(operation) {
      if (operation === 'ListTables') return { TableNames: [] };
      throw unknownOperation();
    },
  };
  return { api, close: async () => undefined };
}
