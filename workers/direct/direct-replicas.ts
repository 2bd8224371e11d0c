import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { Generation } from '../generation/generation';
import type { DirectCall } from './direct-call';

/** A replica as the direct lane sees it. */
export interface DirectReplica {
  readonly revision: RevisionSpec;
  call(call: DirectCall): void;
  generate(generation: Generation): void;
}

export interface DirectReplicas {
  replica(id: string): DirectReplica | null;
}
