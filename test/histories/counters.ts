/**
 * Clients add to counters. Additions by transactions with a token are sent until they are answered, and often once more
 * after that, or twice at the same time: each counts once. Single additions count once if they were answered, and at most
 * once if not.
 */
import { randomUUID } from 'node:crypto';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { addition, itemOf } from './items.js';
import { isLostRace, type Target, type Workload } from './target.js';

/** Between how much and how much was added, at least and at most. */
interface Tally {
  least: number;
  most: number;
}

export class Counters implements Workload {
  readonly clients = 4;
  private readonly random: SeededRandom;
  private readonly violations: string[] = [];
  private readonly pair: readonly [string, string];
  private readonly single: string;
  private readonly together: Tally = { least: 0, most: 0 };
  private readonly alone: Tally = { least: 0, most: 0 };
  private repeated = 0;

  constructor(
    private readonly target: Target,
    seed: number,
    round: number,
  ) {
    this.random = new SeededRandom(seed);
    this.pair = [`counter ${round}.left/n`, `counter ${round}.right/n`];
    this.single = `counter ${round}.single/n`;
  }

  async prepare(): Promise<void> {}

  async step(): Promise<void> {
    const steps = [() => this.addToBoth(), () => this.addToBoth(), () => this.addToOne(), () => this.look()];
    await steps[randomBelow(this.random, steps.length)]?.();
  }

  async settle(): Promise<readonly string[]> {
    const { least, most } = this.together;
    if (least !== most) this.violations.push(`counters: of ${most} additions only ${least} were answered`);
    await this.look();
    return this.violations;
  }

  describe(): string {
    const { together, alone } = this;
    return (
      `counters: ${together.least} additions with a token (${this.repeated} of them repeated), ` +
      `${alone.least} without (and ${alone.most - alone.least} unanswered)`
    );
  }

  private async addToBoth(): Promise<void> {
    const input = {
      TransactItems: this.pair.map((key) => ({ Update: addition(key) })),
      ClientRequestToken: randomUUID(),
    };
    this.together.most += 1;
    const atOnce = randomBelow(this.random, 4) === 0 ? 2 : 1;
    const answers = await Promise.all(
      Array.from({ length: atOnce }, () => this.target.ask('TransactWriteItems', input)),
    );
    if (!answers.some(({ kind }) => kind === 'done')) {
      // Somebody else had the counters for too long: nothing was added.
      this.together.most -= 1;
      for (const answer of answers) {
        const type = answer.kind === 'refused' ? answer.type : answer.kind;
        if (!isLostRace(type)) this.violations.push(`counters: ${JSON.stringify(answer)}`);
      }
      return;
    }
    this.together.least += 1;
    if (atOnce === 1 && randomBelow(this.random, 3) > 0) return;
    this.repeated += 1;
    await this.target.insist('TransactWriteItems', input);
  }

  private async addToOne(): Promise<void> {
    this.alone.most += 1;
    const answer = await this.target.ask('UpdateItem', addition(this.single));
    if (answer.kind === 'done') this.alone.least += 1;
    if (answer.kind === 'refused') this.alone.most -= 1;
    if (answer.kind === 'refused' && !isLostRace(answer.type)) {
      this.violations.push(`counters: ${JSON.stringify(answer.body)}`);
    }
  }

  /** What was answered before the look is in it; what was not even asked for when it ended is not. */
  private async look(): Promise<void> {
    const least = [this.together.least, this.together.least, this.alone.least];
    const answer = await this.target.ask('TransactGetItems', {
      TransactItems: [...this.pair, this.single].map((key) => ({ Get: itemOf(key) })),
    });
    if (answer.kind === 'refused') this.violations.push(`counters: ${JSON.stringify(answer.body)}`);
    if (answer.kind !== 'done') return;
    const most = [this.together.most, this.together.most, this.alone.most];
    const { Responses } = answer.output as { Responses: { Item?: { n?: { N: string } } }[] };
    const found = Responses.map(({ Item }) => Number(Item?.n?.N ?? 0));
    const isWithin = found.every(
      (value, index) => value >= (least[index] ?? 0) && value <= (most[index] ?? 0),
    );
    if (isWithin && found[0] === found[1]) return;
    this.violations.push(
      `counters: ${found.join(' ')}, which must be from ${least.join(' ')} to ${most.join(' ')}`,
    );
  }
}
