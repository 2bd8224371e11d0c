import { requireRole, type RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { EventBus } from '../../../platform/bus/event-bus';
import { rowStream } from '../../../platform/stream/row-stream';
import type { AuditLog } from '../../identity';
import { ModelVersion } from './model-version';
import type { VersionDirectory } from './version-directory';
import { moveVersion } from './version.store';

export interface VersionParts {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  directory: VersionDirectory;
}

/** Changes versions and follows them. */
export class VersionService {
  constructor(private readonly parts: VersionParts) {}

  /**
   * Puts a version away; archiving twice is the same as once.
   * @throws VERSION_NOT_FOUND, FORBIDDEN
   * @throws VERSION_NOT_READY while it is being inspected
   */
  async archive(scope: RequestScope, id: string): Promise<ModelVersion> {
    const { database, audit, bus, directory } = this.parts;
    const version = await directory.require(scope.caller, id);
    requireRole(scope.caller, version.namespaceName, 'DEVELOPER');
    const archived = await database.transaction(async (manager) => {
      const hasMoved = await moveVersion(manager, id, 'ARCHIVED');
      const now = await manager.getRepository(ModelVersion).findOneByOrFail({ id });
      if (now.state !== 'ARCHIVED') {
        throw new PlatformError('VERSION_NOT_READY', `Version ${now.number} is ${now.state}; wait until its inspection has ended.`, {
          state: now.state,
        });
      }
      const entry = {
        scope,
        namespace: now.namespaceName,
        action: 'archiveVersion',
        subjectType: 'ModelVersion',
        subjectId: id,
        details: { number: now.number },
      };
      if (hasMoved) await audit.record(manager, entry);
      return now;
    });
    bus.publish('model', id);
    return archived;
  }

  /**
   * The states of a version until its inspection has ended.
   * @throws VERSION_NOT_FOUND before the stream begins
   */
  async follow(scope: RequestScope, id: string): Promise<AsyncIterableIterator<ModelVersion>> {
    await this.parts.directory.require(scope.caller, id);
    return rowStream<ModelVersion>({
      bus: this.parts.bus,
      topic: 'model',
      id,
      read: () => this.parts.database.source.getRepository(ModelVersion).findOneBy({ id }),
      isFinal: ({ state }) => state !== 'INSPECTING',
      fingerprint: ({ state }) => state,
    });
  }
}
