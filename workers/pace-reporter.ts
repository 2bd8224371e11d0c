import type { Placement, ReplicaPace } from '../subgraphs/deployment/worker.contract';

/** A change by less says nothing new. */
const TOLERANCE = 0.25;

/** Tells the deployment how fast the replicas are, when that has changed notably: an idle worker writes nothing but its heartbeat. */
export class PaceReporter {
  #told: ReadonlyMap<string, number> = new Map();

  constructor(private readonly placement: Pick<Placement, 'pace'>, private readonly workerId: string) {}

  async tell(paces: readonly ReplicaPace[]): Promise<void> {
    const news = paces.filter(({ replicaId, itemMs }) => Math.abs(itemMs - (this.#told.get(replicaId) ?? Infinity)) > TOLERANCE * itemMs);
    if (news.length === 0) return;
    await this.placement.pace(this.workerId, news);
    const kept = paces.flatMap(({ replicaId }): [string, number][] => (this.#told.has(replicaId) ? [[replicaId, this.#told.get(replicaId)!]] : []));
    this.#told = new Map([...kept, ...news.map(({ replicaId, itemMs }): [string, number] => [replicaId, itemMs])]);
  }
}
