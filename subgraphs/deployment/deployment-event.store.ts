import type { EntityManager } from 'typeorm';
import type { ErrorCode } from '../../platform/errors';
import { newId } from '../../platform/uuid';
import { DeploymentEvent, type DeploymentEventKind } from './deployment-event';

export interface NewDeploymentEvent {
  deploymentId: string;
  kind: DeploymentEventKind;
  message: string;
  reasonCode?: ErrorCode | null;
  replicaId?: string | null;
}

/** Writes events inside the transaction of what they tell, one statement for all. */
export async function recordEvents(manager: EntityManager, events: readonly NewDeploymentEvent[]): Promise<void> {
  if (events.length === 0) return;
  await manager.getRepository(DeploymentEvent).insert(events.map((event) => ({
    id: newId(), reasonCode: null, replicaId: null, ...event,
  })));
}
