import { HUB_PREFIX } from '../../../platform/bytes/byte-prefixes';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { HubFiles } from './hub.files';
import type { HubModels, HubPage } from './hub.models';
import { readHubPath, type HubPath } from './hub.path';
import { HubRefusal, refusalReply } from './hub.refusal';
import { toHubCaller, toHubEntry } from './hub.shapes';

export interface HubDoorParts {
  models: HubModels;
  files: HubFiles;
  /** How clients reach the gateway. */
  publicUrl: string;
}

/** `/hf/`: Hugging Face Hub's read side, for its own clients with `HF_ENDPOINT` there (huggingface.co/docs/hub/api). */
export class HubDoor {
  constructor(private readonly parts: HubDoorParts) {}

  async answer(request: ByteRequest): Promise<ByteReply> {
    const [path = '', search = ''] = splitOnce(request.path.slice(HUB_PREFIX.length), '?');
    try {
      const wanted = ['GET', 'HEAD'].includes(request.method) ? readHubPath(path) : null;
      if (!wanted) throw new HubRefusal('EntryNotFound', 'Models can be listed and read here, and nothing else; push by Git.');
      return await this.#answer(wanted, new URLSearchParams(search), request);
    } catch (error) {
      return refusalReply(error);
    }
  }

  async #answer(wanted: HubPath, query: URLSearchParams, request: ByteRequest): Promise<ByteReply> {
    const { models, files } = this.parts;
    const { caller } = request.scope;
    switch (wanted.kind) {
      case 'whoami': return json(toHubCaller(caller));
      case 'models': return this.#page(await models.page(caller, query), 'api/models', query);
      case 'info': return json(await models.info(caller, wanted, query));
      case 'refs': return json(await models.refs(caller, wanted.model));
      case 'tree': {
        const { commit, nodes, next } = await files.tree(caller, wanted, query);
        return this.#page({ rows: nodes.map(toHubEntry), next }, `api/models/${wanted.model}/tree/${commit}/${wanted.folder.split('/').map(encodeURIComponent).join('/')}`, query);
      }
      case 'file': return files.send(wanted, request);
      default: return wanted satisfies never;
    }
  }

  /** The Hub's clients follow the Link header to the next page (RFC 8288). */
  #page({ rows, next }: HubPage, path: string, query: URLSearchParams): ByteReply {
    if (next === null) return json(rows);
    const following = new URLSearchParams(query);
    following.set('cursor', next);
    return json(rows, { link: `<${this.parts.publicUrl}${HUB_PREFIX}${path}?${following}>; rel="next"` });
  }
}

function json(body: object, headers: Record<string, string> = {}): ByteReply {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'private, no-cache', ...headers }, body: JSON.stringify(body) };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
