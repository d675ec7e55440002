/** A node of a few partitions with their coordinator, on a simulated machine. */
import assert from 'node:assert/strict';

import type { PartitionOptions } from '../../../src/partition/limits.js';
import type { Partition } from '../../../src/partition/types.js';
import { KeyAdmission } from '../../../src/table/key-admission.js';
import { Coordinator, type CoordinatorOptions } from '../../../src/transaction/coordinator.js';
import { LockSpace } from '../../../src/transaction/lock-table.js';
import type { Participant } from '../../../src/transaction/types.js';
import type { Choices } from '../choices.js';
import { openSimulated } from '../opening.js';
import type { World } from '../world.js';

export const root = '/data';
export const decisionsName = 'transactions';

/** A reader of every log that passes nothing unseen. */
export const READER = 'ledger';

export interface Place extends Participant {
  readonly name: string;
  /** For single writes. */
  readonly admission: KeyAdmission;
}

export interface NodeSettings {
  readonly partitions: number;
  readonly partition: Partial<PartitionOptions>;
  readonly coordinator: CoordinatorOptions;
}

export class Node {
  private constructor(
    readonly coordinator: Coordinator,
    readonly places: readonly Place[],
    readonly decisions: Partition,
  ) {}

  /** Opened and recovered. When anything fails, what was opened is closed again. */
  static async open(world: World, choices: Choices, settings: NodeSettings): Promise<Node> {
    const opened: Partition[] = [];
    const open = async (name: string) => {
      const partition = await openSimulated(`${root}/${name}`, world, choices, settings.partition);
      opened.push(partition);
      return partition;
    };
    try {
      const participants: Participant[] = [];
      for (let index = 0; index < settings.partitions; index += 1) {
        const name = `p${index}`;
        participants.push({ partition: await open(name), locks: new LockSpace(name) });
      }
      const decisions = await open(decisionsName);
      const { clock } = world;
      const options = settings.coordinator;
      const coordinator = new Coordinator({ decisions, clock, random: choices.random, options });
      await coordinator.recover(participants);
      for (const { partition } of participants) {
        assert.equal(partition.prepared.size, 0, 'nothing is in doubt after a start');
      }
      const places = participants.map((participant) => ({
        ...participant,
        name: participant.locks.name,
        admission: new KeyAdmission(participant, coordinator.locks),
      }));
      return new Node(coordinator, places, decisions);
    } catch (error) {
      await Promise.allSettled(opened.map((partition) => partition.close()));
      throw error;
    }
  }

  get partitions(): readonly Partition[] {
    return [...this.places.map(({ partition }) => partition), this.decisions];
  }

  get hasFailed(): boolean {
    return this.partitions.some(({ failure }) => failure !== undefined);
  }

  async close(): Promise<void> {
    await this.coordinator.drain();
    await Promise.all(this.places.map(({ partition }) => partition.close()));
    await this.coordinator.close();
  }
}
