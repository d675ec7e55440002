/** A process that runs the ranges of seeds it is sent and answers with what was done. A failure ends it. */
import { howToRepeat, runSeeds, type SeedRange, type Subject } from './seeds.js';

let of: Subject = 'partition';
let seed = 0;
let steps = 0;

// A rejection that nobody handles belongs to the seed under way just as well.
process.on('uncaughtException', (error) => {
  console.error(howToRepeat(of, seed, steps), error);
  process.exit(1);
});

process.on('message', async (range: SeedRange) => {
  ({ of, steps } = range);
  const summary = await runSeeds(range, (started) => {
    seed = started;
  });
  process.send?.(summary);
});
