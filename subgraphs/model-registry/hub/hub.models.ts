import type { Caller } from '../../../platform/caller';
import { roleIn } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { decodeCursor } from '../../../platform/paging';
import type { ModelDirectory } from '../model/model-directory';
import { MAIN } from '../repository/repository';
import { listFolder, withPointers } from '../repository/repository.tree';
import type { HubRepositories, OpenModel } from './hub.repository';
import { toHubModel, type Snapshot } from './hub.shapes';

/** One page, and what the next one is asked for with. */
export interface HubPage {
  rows: object[];
  next: string | null;
}

const MAX_PAGE_SIZE = 1_000;
/** Of pages that show what lies in each repository. */
const MAX_FULL_PAGE_SIZE = 20;
const ORDERS: ReadonlySet<string> = new Set(['createdAt', 'created_at']);

/** `/api/models`: lists of models, and one as it is at a revision. */
export class HubModels {
  constructor(private readonly models: ModelDirectory, private readonly repositories: HubRepositories) {}

  /** Newest first. An author of whom nothing is seen has no models, as at the Hub. @throws BAD_USER_INPUT, CURSOR_INVALID */
  async page(caller: Caller, query: URLSearchParams): Promise<HubPage> {
    checkOrder(query);
    const isFull = ['full', 'cardData', 'fetch_config'].some((name) => isTrue(query.get(name)));
    const author = query.get('author');
    if (author !== null && roleIn(caller, author) === null) return { rows: [], next: null };
    const filter = { namespace: author, search: query.get('search'), tags: tagsOf(query) };
    const cursor = query.get('cursor');
    const request = { limit: readLimit(query.get('limit'), isFull ? MAX_FULL_PAGE_SIZE : MAX_PAGE_SIZE), after: cursor === null ? null : decodeCursor(cursor) };
    const { edges, pageInfo } = await this.models.page(caller, filter, request);
    const rows: object[] = [];
    for (const { node } of edges) rows.push(toHubModel(node, isFull ? await this.#newest(await this.repositories.openModel(node)) : null));
    return { rows, next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
  }

  /** Without a revision `main`, which a model without versions has not yet. @throws MODEL_NOT_FOUND, HubRefusal */
  async info(caller: Caller, { model, revision }: { model: string; revision: string | null }, query: URLSearchParams): Promise<object> {
    const open = await this.repositories.open(caller, model);
    const withBlobs = isTrue(query.get('blobs'));
    if (revision === null) return toHubModel(open.model, await this.#newest(open, withBlobs));
    return toHubModel(open.model, await snapshotOf(open, await this.repositories.commitOf(open, revision), withBlobs));
  }

  /** @throws MODEL_NOT_FOUND */
  async refs(caller: Caller, fullName: string): Promise<object> {
    const { repository } = await this.repositories.open(caller, fullName);
    const listed = (await repository.run(['for-each-ref', '--format=%(refname)%00%(objectname)%00%(*objectname)', 'refs/heads', 'refs/tags'])).toString();
    const refs = listed.split('\n').filter(Boolean).map((line) => {
      const [ref, object, commit] = line.split('\0');
      return { name: ref!.replace(/^refs\/(heads|tags)\//, ''), ref: ref!, targetCommit: commit || object! };
    });
    const below = (folder: string) => refs.filter(({ ref }) => ref.startsWith(folder));
    return { branches: below('refs/heads/'), converts: [], tags: below('refs/tags/') };
  }

  async #newest(open: OpenModel, withBlobs = false): Promise<Snapshot | null> {
    const commit = await open.repository.commitOf(MAIN);
    return commit === null ? null : snapshotOf(open, commit, withBlobs);
  }
}

async function snapshotOf({ repository }: OpenModel, commit: string, withBlobs: boolean): Promise<Snapshot> {
  const [nodes, seconds] = await Promise.all([
    listFolder(repository, commit, { folder: '', isRecursive: true }), repository.run(['log', '-1', '--format=%ct', commit]),
  ]);
  const files = (nodes ?? []).filter(({ isFolder }) => !isFolder);
  return { commit, committedAt: new Date(Number(seconds.toString()) * 1_000), files: withBlobs ? await withPointers(repository, files) : files, withBlobs };
}

/** What the Hub keeps apart as pipeline and library are words like others here. */
function tagsOf(query: URLSearchParams): string[] {
  return ['filter', 'pipeline_tag', 'library'].flatMap((name) => query.getAll(name)).flatMap((text) => text.split(',')).filter(Boolean);
}

function readLimit(text: string | null, max: number): number {
  if (text === null) return max;
  if (/^[1-9]\d{0,8}$/.test(text)) return Math.min(Number(text), max);
  throw new PlatformError('BAD_USER_INPUT', `limit is a number from 1, got "${text.slice(0, 80)}".`);
}

/** Another order than asked for would be a wrong answer. */
function checkOrder(query: URLSearchParams): void {
  const [sort, direction] = [query.get('sort'), query.get('direction')];
  if ((sort === null || ORDERS.has(sort)) && (direction === null || direction === '-1')) return;
  throw new PlatformError('BAD_USER_INPUT', 'Models are listed by createdAt, newest first; there is no other order here.');
}

function isTrue(text: string | null): boolean {
  return text !== null && ['true', '1', ''].includes(text.toLowerCase());
}
