import type { Database } from '../../../platform/database/database';
import { MAIN, type Repository } from './repository';

/** Whatever Git would read as an expression is no name of a branch or tag (git-check-ref-format). */
const EXPRESSION = /[\0-\x20~^:?*[\\\x7f]|\.\.|@\{|^-/;
const MAX_LENGTH = 250;

/** Finds the commit that people mean by a name of it. */
export class RevisionFinder {
  constructor(private readonly database: Database) {}

  /**
   * `main`, which `HEAD` means, too, then tags of versions (`v3`), aliases, branches, other tags, whole names of refs and whole ids of commits, in this order: who may push a
   * branch can not take an alias over by its name. Null when there is none.
   */
  async find(modelId: string, repository: Repository, revision: string): Promise<string | null> {
    if (revision === '' || revision.length > MAX_LENGTH || EXPRESSION.test(revision)) return null;
    if (revision === 'main' || revision === 'HEAD') return repository.commitOf(MAIN);
    return await (/^v[1-9]\d{0,8}$/.test(revision) ? repository.commitOf(`refs/tags/${revision}`) : null)
      ?? await this.#commitOfAlias(modelId, revision)
      ?? await repository.commitOf(`refs/heads/${revision}`)
      ?? await repository.commitOf(`refs/tags/${revision}`)
      ?? await (/^refs\/(heads|tags)\//.test(revision) ? repository.commitOf(revision) : null)
      ?? await (/^[0-9a-f]{40}$/.test(revision) ? publishedCommit(repository, revision) : null);
  }

  async #commitOfAlias(modelId: string, name: string): Promise<string | null> {
    const [found] = await this.database.query<{ commit: string | null }>({
      name: 'registry-commit-of-alias',
      text: 'select v.commit from model_alias a join model_version v on v.id = a.version_id where a.model_id = $1 and a.name = $2', values: [modelId, name],
    });
    return found?.commit ?? null;
  }
}

/** What was taken from every branch and tag is no longer shown, though Git may still have it. */
async function publishedCommit(repository: Repository, id: string): Promise<string | null> {
  if (await repository.commitOf(id) !== id) return null;
  const refs = await repository.run(['for-each-ref', '--count=1', `--contains=${id}`, '--format=%(refname)', 'refs/heads', 'refs/tags']);
  return refs.length > 0 ? id : null;
}
