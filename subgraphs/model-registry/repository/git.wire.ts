import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import { PlatformError } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import type { Model } from '../model/model';
import { ended, endGit, spawnGit, type RunningGit } from './git-process';
import type { GitTurns } from './git.turns';
import { LimitedBytes } from './limited-bytes';
import { lastWords, type PushReceiver } from './push/push.receiver';
import type { Repository } from './repository';

export const SERVICES = ['upload-pack', 'receive-pack'] as const;
export type Service = (typeof SERVICES)[number];

export interface WireParts {
  turns: GitTurns;
  pushes: PushReceiver;
  log: Log;
  /** The largest body of a push: its pack and its commands. */
  pushMaxBytes: number;
}

/** What a fetch may ask for: about 300,000 commits that the client has. */
const FETCH_MAX_BYTES = 16 * 1024 * 1024;
const FRESH = { 'cache-control': 'no-cache, max-age=0, must-revalidate' };

/** Git's smart protocol over HTTP (gitprotocol-http): each request is one Git process that reads it and writes the answer. */
export class GitWire {
  constructor(private readonly parts: WireParts) {}

  /** The refs and what the server can do. @throws GIT_BUSY */
  async advertise(repository: Repository, service: Service, { headers, scope, signal }: ByteRequest): Promise<ByteReply> {
    const environment = protocolOf(headers);
    const endTurn = await this.parts.turns.take(scope.caller.principalId, signal);
    const refs = await repository.run([service, '--stateless-rpc', '--advertise-refs', '.'], { environment }).finally(endTurn);
    const isBare = environment['GIT_PROTOCOL'] === 'version=2' && service === 'upload-pack';
    const body = isBare ? refs : Buffer.concat([Buffer.from(`${packetLine(`# service=git-${service}\n`)}0000`), refs]);
    return { status: 200, headers: { ...FRESH, 'content-type': `application/x-git-${service}-advertisement` }, body };
  }

  /** @throws BAD_USER_INPUT, BODY_TOO_LARGE, GIT_BUSY */
  async fetch(repository: Repository, request: ByteRequest): Promise<ByteReply> {
    checkType(request, 'upload-pack');
    const config = { 'uploadpack.allowFilter': 'true', 'uploadpack.keepAlive': '5' };
    const start = () => {
      const child = spawnGit(['upload-pack', '--strict', '--stateless-rpc', '.'], {
        dir: repository.dir, config, environment: protocolOf(request.headers), stdio: ['pipe', 'pipe', 'pipe'],
      });
      return { child, abandon: () => endGit(child) };
    };
    return this.#exchange(start, request, { service: 'upload-pack', maxBytes: FETCH_MAX_BYTES });
  }

  /** @throws BAD_USER_INPUT, BODY_TOO_LARGE, GIT_BUSY */
  async push(repository: Repository, model: Model, request: ByteRequest): Promise<ByteReply> {
    checkType(request, 'receive-pack');
    const start = () => this.parts.pushes.start({ repository, model, scope: request.scope, environment: protocolOf(request.headers) });
    return this.#exchange(start, request, { service: 'receive-pack', maxBytes: this.parts.pushMaxBytes });
  }

  async #exchange(
    start: () => RunningGit, request: ByteRequest, { service, maxBytes }: { service: Service; maxBytes: number },
  ): Promise<ByteReply> {
    const running = await this.#inTurn(start, request);
    const { child } = running;
    void this.#watch(child, service, request.scope.requestId);
    // At once: Node drops what a process leaves unread at its end.
    const answer = answerOf(running);
    try {
      await Promise.race([feed(request, child.stdin!, maxBytes), once(answer, 'readable'), failed(child)]);
    } catch (error) {
      running.abandon();
      throw error;
    }
    return { status: 200, headers: { ...FRESH, 'content-type': `application/x-git-${service}-result` }, body: answer };
  }

  /** The turn lasts as long as the process, however its client fares. */
  async #inTurn(start: () => RunningGit, { scope, signal }: ByteRequest): Promise<RunningGit> {
    const endTurn = await this.parts.turns.take(scope.caller.principalId, signal);
    try {
      const running = start();
      void ended(running.child).then(endTurn, endTurn);
      return running;
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async #watch(child: ChildProcess, service: Service, requestId: string): Promise<void> {
    const [status, stderr] = await Promise.all([ended(child).catch(() => null), lastWords(child.stderr!)]);
    if (status !== 0) this.parts.log.info({ requestId, service, status, stderr }, 'git ended early');
  }
}

/** Rejects when Git could not be started; never resolves. */
function failed(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', (cause) => reject(new PlatformError('UNAVAILABLE', 'The registry could not start git.', {}, { cause })));
  });
}

/** What nobody hears any more is drained, so that Git comes to its end. */
function answerOf({ child, abandon }: RunningGit): Readable {
  const output = child.stdout!;
  const answer = new PassThrough();
  output.on('error', (error) => answer.destroy(error)).pipe(answer);
  answer.on('close', () => {
    if (output.readableEnded) return;
    output.unpipe(answer).resume();
    abandon();
  });
  return answer;
}

/** A Git that reads no further has its reason, which it will tell: the rest is drained, so that the client comes to hear it. */
async function feed({ body, headers, signal }: ByteRequest, input: Writable, maxBytes: number): Promise<void> {
  const limit = new LimitedBytes(maxBytes);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) throw new PlatformError('BAD_USER_INPUT', 'Bodies are plain or gzipped.');
  try {
    if (encoding === 'identity') await pipeline(body, limit, drained(input), { signal });
    else await pipeline(body, createGunzip(), limit, drained(input), { signal });
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw new PlatformError('BAD_USER_INPUT', 'The body broke off, or is not gzipped as it says.', {}, { cause: error });
  }
}

function drained(input: Writable): (bytes: AsyncIterable<Buffer>) => Promise<void> {
  return async (bytes) => {
    let isOpen = true;
    input.on('error', () => { isOpen = false; });
    input.on('close', () => { isOpen = false; });
    try {
      for await (const chunk of bytes) if (isOpen && !input.write(chunk)) await Promise.race([once(input, 'drain'), once(input, 'close')]).catch(() => undefined);
    } finally {
      input.end();
    }
  };
}

function checkType({ headers }: ByteRequest, service: Service): void {
  const expected = `application/x-git-${service}-request`;
  if (headers['content-type'] !== expected) throw new PlatformError('BAD_USER_INPUT', `The content type ${expected} was expected.`);
}

function protocolOf(headers: ByteRequest['headers']): Record<string, string> {
  const wanted = headers['git-protocol'];
  return wanted === 'version=2' || wanted === 'version=1' ? { GIT_PROTOCOL: wanted } : {};
}

/** gitprotocol-common: four hex digits of length, themselves included. */
function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}
