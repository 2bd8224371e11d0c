import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import { GIT_PREFIX } from '../../../platform/bytes/byte-prefixes';
import type { Role } from '../../../platform/caller';
import { ERRORS, PlatformError } from '../../../platform/errors';
import { refusalHeaders } from '../../../platform/http-refusal';
import type { Model } from '../model/model';
import type { ModelDirectory } from '../model/model-directory';
import { SERVICES, type GitWire, type Service } from './git.wire';
import { LFS_TYPE, type Admit, type LfsDoor } from './lfs/lfs.door';
import type { Repositories } from './repositories';
import type { VersionCommitter } from './version.committer';

export interface GitDoorParts {
  models: ModelDirectory;
  repositories: Repositories;
  committer: VersionCommitter;
  wire: GitWire;
  lfs: LfsDoor;
}

const PATH = /^([^/?]{1,64}\/[^/?]{1,64})\.git\/([^?]{1,200})(?:\?(.{0,200}))?$/;
const LFS = 'info/lfs/';
/** A reader may clone; a writer may push. */
const ROLES: Readonly<Record<Service, Role>> = { 'upload-pack': 'VIEWER', 'receive-pack': 'DEVELOPER' };

/** `/git/<namespace>/<model>.git`: Git's smart protocol and Git LFS, for callers with a role in the namespace. */
export class GitDoor {
  constructor(private readonly parts: GitDoorParts) {}

  /** Refusals are in the words of the client that asks: plain text for Git, which shows it, and JSON for Git LFS. */
  async answer(request: ByteRequest): Promise<ByteReply> {
    const [, fullName, path, query] = PATH.exec(request.path.slice(GIT_PREFIX.length)) ?? [];
    if (!fullName || !path) return plain(404, 'A repository is at /git/<namespace>/<model>.git.');
    try {
      const admit: Admit = (role) => this.parts.models.require(request.scope.caller, fullName, role);
      const answer = path.startsWith(LFS)
        ? await this.parts.lfs.answer(path.slice(LFS.length), request, admit)
        : await this.#git(path, new URLSearchParams(query), { request, admit });
      return answer ?? plain(404, 'Only the smart protocol and Git LFS are spoken here.');
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code === 'INTERNAL_SERVER_ERROR') throw error;
      return path.startsWith(LFS) ? lfsRefusal(error, request.scope.requestId) : plain(ERRORS[error.code].status, error.message, refusalHeaders(error.extensions));
    }
  }

  async #git(path: string, query: URLSearchParams, { request, admit }: { request: ByteRequest; admit: Admit }): Promise<ByteReply | null> {
    const { wire, repositories, committer } = this.parts;
    if (path === 'info/refs' && request.method === 'GET') {
      const service = serviceOf(query.get('service'));
      if (!service) return null;
      const model = await this.#admitTo(service, admit);
      // A clone shows every version, also one that has come just now.
      await committer.trySettle(model.id);
      return wire.advertise(await repositories.open(model.id), service, request);
    }
    const service = serviceOf(path);
    if (!service || request.method !== 'POST') return null;
    const model = await this.#admitTo(service, admit);
    const repository = await repositories.open(model.id);
    return service === 'upload-pack' ? wire.fetch(repository, request) : wire.push(repository, model, request);
  }

  async #admitTo(service: Service, admit: Admit): Promise<Model> {
    const model = await admit(ROLES[service]);
    if (service === 'receive-pack' && model.archivedAt) throw new PlatformError('MODEL_ARCHIVED', `"${model.fullName}" is archived and takes no pushes.`);
    return model;
  }
}

function serviceOf(text: string | null): Service | null {
  return SERVICES.find((service) => text === `git-${service}`) ?? null;
}

function plain(status: number, message: string, headers: Record<string, string> = {}): ByteReply {
  return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: `${message}\n` };
}

function lfsRefusal({ code, message, extensions }: PlatformError, requestId: string): ByteReply {
  return { status: ERRORS[code].status, headers: { ...refusalHeaders(extensions), 'content-type': LFS_TYPE }, body: JSON.stringify({ message, request_id: requestId, code }) };
}
