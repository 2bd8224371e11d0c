import type { Database } from '../../../../platform/database/database';
import { ModelVersion } from '../../version/model-version';
import type { VersionService } from '../../version/version.service';
import type { VersionCommitter } from '../version.committer';
import { MAIN } from '../repository';
import type { Say } from './push.hook';
import type { IncomingPush } from './incoming-push';

export interface OutcomeParts {
  database: Database;
  committer: VersionCommitter;
  versions: VersionService;
  /** Called with work for the inspector. */
  onVersion: () => void;
  /** How long a push waits for the inspection of what it brought. */
  waitMs: number;
}

/** Makes the version of a push whose refs have moved, and tells the pusher what becomes of it. */
export class PushOutcome {
  constructor(private readonly parts: OutcomeParts) {}

  async tell({ model, scope }: IncomingPush, lines: readonly string[], say: Say): Promise<void> {
    const tip = lines.map((line) => line.split(' ')).find(([, , ref]) => ref === MAIN)?.[1];
    await this.parts.committer.settle(model.id);
    const version = tip ? await this.parts.database.source.getRepository(ModelVersion).findOneBy({ modelId: model.id, commit: tip }) : null;
    if (!version) return;
    this.parts.onVersion();
    say(`version ${version.number} of ${model.fullName}: INSPECTING`);
    const last = await this.#settled(scope, version.id);
    say(`version ${version.number} of ${model.fullName}: ${last ? wordsOf(last) : 'still INSPECTING; modelVersionUpdated tells when it has ended'}`);
  }

  /** Null when it takes longer than a pusher should wait. */
  async #settled(scope: IncomingPush['scope'], id: string): Promise<ModelVersion | null> {
    const states = await this.parts.versions.follow(scope, id);
    const late = setTimeout(() => void states.return?.(), this.parts.waitMs);
    try {
      for await (const version of states) if (version.state !== 'INSPECTING') return version;
      return null;
    } finally {
      clearTimeout(late);
    }
  }
}

function wordsOf({ state, errorCode, errorMessage }: ModelVersion): string {
  return errorCode ? `${state}, ${errorCode}: ${errorMessage ?? ''}` : state;
}
