/** 5 GB in one partition: how long it takes to open, and how much memory serving it takes. In processes of their own. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, round } from '../report.js';
import { type Bench, ENTRY_BYTES, type Experiment, withDirectory } from './bench.js';
import { inBatches, orderedKey } from './data.js';
import type { LargeReport } from './large-child.js';
import { openVarve } from './stores.js';

const ENTRIES = 5_000_000;
const CHILD = fileURLToPath(new URL('large-child.js', import.meta.url));

export const large: Experiment = {
  rows: ['open_ms', 'memory_over_budget_mb'],
  diskBytes: 1.5 * ENTRIES * ENTRY_BYTES,
  run: (bench: Bench) =>
    withDirectory(bench, async (directory) => {
      const entries = Math.round(ENTRIES * bench.scale);
      const store = await openVarve({ directory, cacheBytes: 64 * 1024 * 1024, durable: false });
      let written = 0;
      await inBatches(entries, orderedKey, async (batch) => {
        await store.putBatch(batch);
        written += batch.length;
        if (written % 1_000_000 === 0) bench.progress(`large: ${written} of ${entries} entries`);
      });
      await store.settle();
      await store.close();
      const runChild = (seconds: number): LargeReport => {
        const output = execFileSync(process.execPath, [CHILD, directory, `${entries}`, `${seconds}`]);
        const report = JSON.parse(output.toString()) as LargeReport;
        bench.progress(`large: ${JSON.stringify(report)}`);
        return report;
      };
      const opens = Array.from({ length: bench.rounds }, () => runChild(0));
      const loaded = runChild(bench.seconds * 5);
      bench.details.large = { opens, loaded };
      const openMs = median(opens.map((report) => report.openMs));
      const over = (loaded.residentBytes - loaded.budgetBytes) / 1e6;
      return [
        { name: 'engine.open_ms', measured: round(openMs, 1), target: 500, better: 'at-most' },
        { name: 'engine.memory_over_budget_mb', measured: round(over, 1), target: 150, better: 'at-most' },
      ];
    }),
};
