/**
 * What every kind of hostile input shares: many inputs from one seed, each of which must be dealt with at once, and the
 * report of one that was not.
 */
import fc from 'fast-check';

/** No input may keep its sender, or anybody else, waiting for longer. */
export const REPLY_MS_MAX = 1000;
/** An answer that has not come by then will not come. Longer than `REPLY_MS_MAX`, for the machine may be busy. */
const HANG_MS_MAX = 15_000;
/** How long a smaller input that does the same harm is looked for. */
const SHRINK_MS_MAX = 10_000;
const PRINTED_CHARACTERS_MAX = 20_000;

export interface Campaign<Input = unknown> {
  readonly name: string;
  /** Runs that take two seconds or so. */
  readonly runs: number;
  readonly inputs: fc.Arbitrary<Input>;
  /** Come first: what is sure to be accepted, so that a campaign in which nothing is can be told to test nothing. */
  readonly examples: readonly Input[];
  open(): Promise<Target<Input>>;
}

/** What is attacked. */
export interface Target<Input> {
  /** Throws when the input does harm. */
  attempt(input: Input): Promise<void>;
  /** Throws unless it serves as before. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Makes campaigns of different inputs one type. */
export function campaign<Input>(definition: Campaign<Input>): Campaign {
  return definition as Campaign;
}

export interface RunOptions {
  readonly seed: number;
  readonly runs?: number;
  /** Where in the seed's inputs to begin, as a failure tells it. */
  readonly path?: string | undefined;
}

/** Throws, with the input and how to repeat it, when an input does harm. */
export async function run(
  { name, inputs, examples, open, runs: usualRuns }: Campaign,
  options: RunOptions,
): Promise<void> {
  const { seed, runs = usualRuns, path } = options;
  const target = await open();
  try {
    let failedAtMs = Number.POSITIVE_INFINITY;
    const property = fc.asyncProperty(inputs, async (input) => {
      if (performance.now() - failedAtMs > SHRINK_MS_MAX) return;
      try {
        await settled(target.attempt(input));
      } catch (error) {
        failedAtMs = Math.min(failedAtMs, performance.now());
        throw error;
      }
    });
    const details = await fc.check(property, {
      seed,
      numRuns: runs,
      examples: examples.map((each) => [each]),
      ...(path !== undefined && { path }),
    });
    if (details.failed) {
      const input = fc.stringify(details.counterexample?.[0]).slice(0, PRINTED_CHARACTERS_MAX);
      const again = `node dist/test/fuzz/run.js --campaign ${name} --seed ${seed}`;
      const message = `${name}: harm done by ${input}\nagain: ${again}\nor from this input on: ${again} --path ${details.counterexamplePath}`;
      throw new Error(message, { cause: details.errorInstance });
    }
    await target.finish();
  } finally {
    await target.close();
  }
}

/** Rejects when `action` never settles, or takes the processor for too long: the clock would count others' work too. */
async function settled(action: Promise<void>): Promise<void> {
  const before = process.cpuUsage();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${HANG_MS_MAX} ms`)), HANG_MS_MAX);
  });
  try {
    await Promise.race([action, late]);
  } finally {
    clearTimeout(timer);
  }
  const tookMs = process.cpuUsage(before).user / 1000;
  if (tookMs > REPLY_MS_MAX) throw new Error(`took ${Math.round(tookMs)} ms of the processor`);
}
