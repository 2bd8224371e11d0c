import { PlatformError } from '../../platform/errors';
import type { ItemSource } from '../item-source';
import type { TensorBatching } from '../runner.port';
import { WorkItem, type ItemStorage } from '../work-item';
import type { Generation, GenerationOwner } from './generation';

export interface GenerationsParts {
  /** At a time; each holds a cache in the runner's memory. */
  most: number;
  /** Puts a step among what is ready to run. */
  run(item: WorkItem): void;
  endRunOf(source: ItemSource): void;
  /** Lets the runner's cache of it go. */
  forget(name: string): void;
}

/** A step brings nothing that lies elsewhere, and its token is told in place. */
const IN_PLACE: ItemStorage = { read: async () => [], write: async (outputs) => outputs };

/** Steps share no batch. */
const ALONE: Pick<TensorBatching, 'keyOf' | 'extentOf'> = { keyOf: () => 'generation', extentOf: () => null };

/** The generations that one dispatcher has in hand: each has one step at a time among all other work of the runner. */
export class Generations implements GenerationOwner {
  readonly #open = new Set<Generation>();

  constructor(private readonly parts: GenerationsParts) {}

  /** One that has not started is somebody else's to run: its service tries another replica. */
  static refuse(generation: Generation): void {
    generation.fail(new PlatformError('UNAVAILABLE', 'The replica is not serving any more.'));
  }

  get size(): number {
    return this.#open.size;
  }

  begin(generation: Generation): void {
    const { most } = this.parts;
    if (this.#open.size >= most) {
      return generation.fail(new PlatformError('QUEUE_FULL', `The replica has ${most} generations in hand, as many as it may; try again when one of them has ended.`));
    }
    this.#open.add(generation);
    generation.ownedBy(this);
    this.advances(generation);
  }

  advances(generation: Generation): void {
    this.parts.run(new WorkItem({ source: generation, index: 0, tensors: [] }, IN_PLACE, ALONE));
  }

  ended(generation: Generation): void {
    this.#open.delete(generation);
    this.parts.forget(generation.name);
  }

  canceled(generation: Generation): void {
    this.ended(generation);
    this.parts.endRunOf(generation);
  }

  refuseUnstarted(): void {
    for (const generation of this.#open) if (!generation.hasStarted) Generations.refuse(generation);
  }

  /** Ends what is left; answers how many there were. */
  loseAll(): number {
    const lost = [...this.#open];
    for (const generation of lost) generation.fail(new PlatformError('WORKER_LOST', 'The worker stopped before the last token.'));
    return lost.length;
  }
}
