import { PlatformError } from '../../platform/errors';
import type { RawTensor } from '../../platform/tensor/tensor';
import type { TensorBatching } from '../runner.port';
import { WorkItem, type ItemStorage } from '../work-item';
import type { DirectCall } from './direct-call';

/** Calls carry their tensors in place, both ways. */
const IN_PLACE: ItemStorage = { read: async (tensors) => tensors as RawTensor[], write: async (outputs) => outputs };

/** The direct calls that one dispatcher has in hand. */
export class DirectCalls {
  readonly #calls = new Set<DirectCall>();

  static itemOf(call: DirectCall, batching: TensorBatching): WorkItem {
    return new WorkItem({ source: call, index: 0, tensors: call.inputs }, IN_PLACE, batching);
  }

  /** A call that has not started is somebody else's to run: its service tries another replica. */
  static refuse(call: DirectCall): void {
    call.fail(new PlatformError('UNAVAILABLE', 'The replica is not serving any more.'));
  }

  get size(): number {
    return this.#calls.size;
  }

  add(call: DirectCall): void {
    this.#calls.add(call);
  }

  delete(call: DirectCall): void {
    this.#calls.delete(call);
  }

  refuseUnstarted(): void {
    for (const call of this.#calls) if (!call.hasStarted) DirectCalls.refuse(call);
  }

  /** Ends what is left; answers how many there were. */
  loseAll(): number {
    const lost = [...this.#calls];
    for (const call of lost) call.fail(new PlatformError('WORKER_LOST', 'The worker stopped before the run was done.'));
    return lost.length;
  }
}
