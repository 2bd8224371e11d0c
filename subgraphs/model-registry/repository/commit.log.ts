import { PlatformError } from '../../../platform/errors';
import { DEFAULT_PAGE_SIZE, readPage, type Page, type PageArguments } from '../../../platform/paging';
import type { Commit } from './commit';
import type { Repositories } from './repositories';
import { MAIN, type Repository } from './repository';
import type { VersionCommitter } from './version.committer';

/** The tip at which a reader began, and how many commits he has seen: what is pushed meanwhile moves no page. */
const CURSOR = /^([0-9a-f]{40}):(\d{1,9})$/;
const MESSAGE_MAX_LENGTH = 10_000;
/** The end of the year 9999, the last of RFC 3339. */
const LAST_SECOND = 253_402_300_799;

/** Reads the history of `main`. */
export class CommitLog {
  constructor(private readonly repositories: Repositories, private readonly committer: VersionCommitter) {}

  /** Newest first. @throws BAD_USER_INPUT, CURSOR_INVALID */
  async page(modelId: string, { first, after }: PageArguments): Promise<Page<Commit>> {
    const { limit } = readPage({ first: first ?? DEFAULT_PAGE_SIZE });
    await this.committer.trySettle(modelId);
    const repository = await this.repositories.open(modelId);
    const start = after ? readCursor(after) : { tip: await repository.commitOf(MAIN), seen: 0 };
    const commits = start.tip === null ? [] : await this.#read(repository, modelId, { tip: start.tip, seen: start.seen, count: limit + 1 });
    const edges = commits.slice(0, limit).map((node, at) => ({ node, cursor: writeCursor(start.tip!, start.seen + at + 1) }));
    return { edges, pageInfo: { hasNextPage: commits.length > limit, endCursor: edges.at(-1)?.cursor ?? null } };
  }

  /** A cursor of another repository, or of a commit that is on no branch, is none of this field's. */
  async #read(repository: Repository, modelId: string, { tip, seen, count }: { tip: string; seen: number; count: number }): Promise<Commit[]> {
    const main = await repository.commitOf(MAIN);
    if (main === null || await repository.commitOf(tip) === null || !await repository.isAncestor(tip, main)) throw foreign();
    const output = await repository.run(['log', '-z', '--format=%H%n%ct%n%an%n%B', `--skip=${seen}`, `--max-count=${count}`, tip]);
    return output.toString().split('\0').filter(Boolean).map((text) => {
      const [id, seconds, authorName, ...message] = text.split('\n');
      return { id: id!, committedAt: dateOf(Number(seconds)), authorName: authorName!, message: message.join('\n').trim().slice(0, MESSAGE_MAX_LENGTH), modelId };
    });
  }
}

/** Git takes any number for a time; a page must not fail for one that no calendar has. */
function dateOf(seconds: number): Date {
  return new Date(Math.min(Math.max(seconds, 0), LAST_SECOND) * 1_000);
}

function writeCursor(tip: string, seen: number): string {
  return Buffer.from(`${tip}:${seen}`).toString('base64url');
}

function readCursor(cursor: string): { tip: string; seen: number } {
  const [, tip, seen] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!tip || !seen) throw foreign();
  return { tip, seen: Number(seen) };
}

function foreign(): PlatformError {
  return new PlatformError('CURSOR_INVALID', 'The cursor was not made by this field; pass an endCursor or an edge cursor unchanged.');
}
