import type { EntityManager } from 'typeorm';
import { PlatformError } from '../../../platform/errors';
import type { VersionTag } from './version-tag';

export interface VersionTexts {
  description?: string | null;
  tags?: VersionTag[];
}

const DESCRIPTION_MAX_LENGTH = 20_000;
const TAGS_MAX = 100;
const KEY_MAX_LENGTH = 250;
const VALUE_MAX_LENGTH = 5_000;

/** @throws BAD_USER_INPUT */
export async function writeNotes(manager: EntityManager, id: string, { description = null, tags = [] }: VersionTexts): Promise<void> {
  check(description ?? '', tags);
  const byKey = [...new Map(tags.map((tag) => [tag.key, tag])).values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  await manager.query('update model_version set description = $2, tags = $3, updated_at = now() where id = $1', [id, description, JSON.stringify(byKey)]);
}

function check(description: string, tags: readonly VersionTag[]): void {
  if (description.length > DESCRIPTION_MAX_LENGTH) {
    throw new PlatformError('BAD_USER_INPUT', `A description has at most ${DESCRIPTION_MAX_LENGTH} characters, got ${description.length}.`);
  }
  const isWrong = tags.some(({ key, value }) => key.length === 0 || key.length > KEY_MAX_LENGTH || value.length > VALUE_MAX_LENGTH);
  if (isWrong || tags.length > TAGS_MAX) {
    throw new PlatformError('BAD_USER_INPUT', `Expected at most ${TAGS_MAX} tags with keys of 1 to ${KEY_MAX_LENGTH} characters and values of at most ${VALUE_MAX_LENGTH}.`);
  }
}
