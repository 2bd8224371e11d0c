import { z } from 'zod';
import { HUB_PREFIX } from '../../../platform/bytes/byte-prefixes';
import { described } from '../openapi/described';
import type { DocumentedRoute } from '../openapi/documented.route';
import type { Dialect } from './dialect';

const json = (shape: z.ZodType, description: string): object => ({ description, content: { 'application/json': { schema: described(shape) } } });
const REFUSED = json(z.object({ error: z.string() }), 'Refused; `X-Error-Code` is RepoNotFound, RevisionNotFound or EntryNotFound.');

const ofModel = z.object({ namespace: z.string(), name: z.string() });
const ofRevision = ofModel.extend({ revision: z.string().describe('`main`, `v<number>`, an alias, a branch, a tag or the id of a commit; slashes encoded.') });
const lfs = z.object({ oid: z.string(), size: z.number().int(), pointerSize: z.number().int() });
const model = z.object({
  id: z.string(), author: z.string(), sha: z.string().nullable(), createdAt: z.string(), lastModified: z.string(), private: z.boolean(), tags: z.array(z.string()),
  siblings: z.array(z.object({ rfilename: z.string(), blobId: z.string().optional(), size: z.number().int().optional() })),
});
const entry = z.object({ type: z.enum(['file', 'directory']), oid: z.string(), size: z.number().int(), path: z.string(), lfs: lfs.optional() });
const refs = z.object(Object.fromEntries(['branches', 'tags'].map((kind) => [kind, z.array(z.object({ name: z.string(), ref: z.string(), targetCommit: z.string() }))])));

const listQuery = z.object({
  search: z.string().optional().describe('In names and descriptions.'), author: z.string().optional().describe('The namespace.'),
  filter: z.string().optional().describe('A tag; several by several parameters.'), limit: z.string().optional().describe('Of a page, at most 1,000.'),
  full: z.string().optional().describe('`true` tells the files, too; then a page has at most 20.'), cursor: z.string().optional(),
});

interface Told {
  operationId: string;
  summary: string;
  shape: z.ZodType;
}

function get(url: string, { operationId, summary, shape }: Told, rest: object = {}): DocumentedRoute {
  return { method: 'GET', url: HUB_PREFIX + url, schema: { tags: ['Hugging Face Hub'], operationId, summary, response: { 200: json(shape, summary), '4xx': REFUSED }, ...rest } };
}

const FILE = {
  tags: ['Hugging Face Hub'], summary: 'The bytes of a file, or a range of them', params: described(ofRevision.extend({ '*': z.string().describe('The path of the file.') })),
  description: 'From Git, or from the artifact store where Git holds an LFS pointer. `X-Repo-Commit` names the commit; 416 past the end.',
  response: { 200: { description: 'The file.', content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } }, '4xx': REFUSED },
};

const ROUTES: readonly DocumentedRoute[] = [
  get('api/models', { operationId: 'hubListModels', summary: 'Lists models, newest first', shape: z.array(model) }, { querystring: described(listQuery) }),
  get('api/models/:namespace/:name', { operationId: 'hubModel', summary: 'A model as it is on main', shape: model }, { params: described(ofModel) }),
  get('api/models/:namespace/:name/refs', { operationId: 'hubRefs', summary: 'Its branches and tags', shape: refs }, { params: described(ofModel) }),
  get('api/models/:namespace/:name/revision/:revision', { operationId: 'hubRevision', summary: 'A model as it is at a revision', shape: model }, { params: described(ofRevision) }),
  get('api/models/:namespace/:name/tree/:revision', { operationId: 'hubTree', summary: 'What lies in a revision; the next page by the Link header', shape: z.array(entry) }, {
    params: described(ofRevision), querystring: described(z.object({ recursive: z.string().optional(), cursor: z.string().optional() })),
  }),
  { method: 'GET', url: `${HUB_PREFIX}:namespace/:name/resolve/:revision/*`, schema: { ...FILE, operationId: 'hubFile' } },
];

/** Hugging Face Hub's read side. */
export const HUB: Dialect = {
  prefix: HUB_PREFIX, door: 'hub', routes: ROUTES,
  // Some of its clients refuse a token that does not begin with `hf_`: before a key of ours it means nothing.
  bearerOf: (authorization) => authorization?.replace(/^(Bearer +)hf_/i, '$1'),
  shape: ({ message }) => ({ error: message }),
  // As the Hub: without a key nobody learns whether there is such a repository; a key that is wrong is told from one that is missing.
  refusalHeaders: ({ headers }, thrown) => {
    if ((thrown as { code?: unknown }).code !== 'UNAUTHENTICATED') return {};
    return headers.authorization === undefined ? { 'x-error-code': 'RepoNotFound', 'x-error-message': 'Repository not found' } : { 'x-error-message': 'Invalid credentials in Authorization header' };
  },
};
