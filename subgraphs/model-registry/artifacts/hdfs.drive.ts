import { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import type { ByteRange } from '../../../platform/bytes/byte-range';
import { PlatformError } from '../../../platform/errors';
import { openOnDatanode, uploadToDatanode } from './hdfs.datanode';
import { storageAway, type DriveObject, type ObjectDrive } from './object-drive';

export interface HdfsSettings {
  /** The namenode's WebHDFS or an HttpFS, such as `http://namenode:9870`. */
  url: string;
  /** An absolute folder of ours. */
  folder: string;
  /** Null where the delegation token says who we are. */
  user: string | null;
  delegationToken: string | null;
  /** How long a namenode or a datanode may say nothing. */
  timeoutMs: number;
}

interface FileStatus {
  pathSuffix: string;
  type: 'FILE' | 'DIRECTORY';
  length: number;
  modificationTime: number;
}

/** A folder in HDFS, through the WebHDFS REST API: https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html */
export class HdfsDrive implements ObjectDrive {
  constructor(private readonly settings: HdfsSettings) {}

  /** The namenode answers where to send the bytes, the datanode takes them: a body sent to the former would be lost. */
  async put(key: string, body: AsyncIterable<Buffer>): Promise<void> {
    const { headers, body: answer } = await this.#send('PUT', key, { op: 'CREATE', overwrite: 'true' });
    await answer.dump();
    let broken: unknown;
    const watched = async function* () {
      try { yield* body; } catch (error) { broken = error; throw error; }
    };
    try {
      await uploadToDatanode(locationOf(headers), Readable.from(watched(), { objectMode: false }), this.settings.timeoutMs);
    } catch (error) {
      throw broken ?? storageAway('HDFS', error);
    }
  }

  async publish(from: string, to: string): Promise<void> {
    await this.#json('PUT', to.slice(0, to.lastIndexOf('/')), { op: 'MKDIRS' });
    // rename2, which replaces what is there in one step; without the option an object that exists would refuse it.
    const { body } = await this.#send('PUT', from, { op: 'RENAME', destination: this.#path(to), renameoptions: 'OVERWRITE' });
    await body.dump();
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const part: Record<string, string> = range ? { offset: String(range.start), length: String(range.end - range.start + 1) } : {};
    const { headers, body } = await this.#send('GET', key, { op: 'OPEN', ...part });
    await body.dump();
    try {
      const opened = await openOnDatanode(locationOf(headers), this.settings.timeoutMs);
      return withStorageErrors(opened, Number(opened.headers['content-length'] ?? Number.NaN));
    } catch (error) {
      throw storageAway('HDFS', error);
    }
  }

  async stat(key: string): Promise<DriveObject | null> {
    const found = await this.#json<{ FileStatus: FileStatus }>('GET', key, { op: 'GETFILESTATUS' }).catch(nullIfMissing);
    return found && toObject(key, found.FileStatus);
  }

  async remove(key: string): Promise<void> {
    await this.#json('DELETE', key, { op: 'DELETE' });
  }

  /** One page a folder. */
  async *list(folder: string): AsyncIterable<DriveObject[]> {
    const found = await this.#json<{ FileStatuses: { FileStatus: FileStatus[] } }>('GET', folder, { op: 'LISTSTATUS' }).catch(nullIfMissing);
    const entries = found?.FileStatuses.FileStatus ?? [];
    const files = entries.filter(({ type }) => type === 'FILE');
    if (files.length > 0) yield files.map((entry) => toObject(`${folder}/${entry.pathSuffix}`, entry));
    for (const { pathSuffix } of entries.filter(({ type }) => type === 'DIRECTORY')) yield* this.list(`${folder}/${pathSuffix}`);
  }

  /** An unfinished file is a file: `list` shows it. */
  async abandon(): Promise<number> {
    return 0;
  }

  async #json<T>(method: Dispatcher.HttpMethod, key: string, query: Record<string, string>): Promise<T> {
    const { body } = await this.#send(method, key, query);
    try {
      return await body.json() as T;
    } catch (error) {
      throw storageAway('HDFS', error);
    }
  }

  async #send(method: Dispatcher.HttpMethod, key: string, query: Record<string, string>): Promise<Dispatcher.ResponseData> {
    const { url, user, delegationToken, timeoutMs } = this.settings;
    const asked = new URL(`${url}/webhdfs/v1${this.#path(key)}`);
    // A token stands for its owner; HDFS refuses a request that names both.
    const identity: Record<string, string> = delegationToken ? { delegation: delegationToken } : user ? { 'user.name': user } : {};
    for (const [name, value] of Object.entries({ ...query, ...identity })) asked.searchParams.set(name, value);
    try {
      return await accepted(await request(asked, { method, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }));
    } catch (error) {
      throw storageAway('HDFS', error);
    }
  }

  #path(key: string): string {
    return `${this.settings.folder}/${key}`;
  }
}

async function accepted(answer: Dispatcher.ResponseData): Promise<Dispatcher.ResponseData> {
  if (answer.statusCode < 400) return answer;
  const said = (await answer.body.text()).slice(0, 500);
  // A namenode that has not come up, or something else at that URL, answers 404 as well.
  if (said.includes('FileNotFoundException')) throw new PlatformError('ARTIFACT_NOT_FOUND', 'The artifact store does not hold this object.');
  throw new Error(`HDFS answered ${answer.statusCode}: ${said}`);
}

function locationOf(headers: Dispatcher.ResponseData['headers']): string {
  const { location } = headers;
  if (typeof location !== 'string') throw storageAway('HDFS', new Error('The namenode named no datanode.'));
  return location;
}

function toObject(key: string, { length, modificationTime }: FileStatus): DriveObject {
  return { key, sizeBytes: length, modifiedAt: new Date(modificationTime) };
}

function nullIfMissing(error: unknown): null {
  if (error instanceof PlatformError && error.code === 'ARTIFACT_NOT_FOUND') return null;
  throw error;
}

/** A datanode that dies closes the connection, which looks like the end where no length was told. */
function withStorageErrors(bytes: Readable, announcedBytes: number): Readable {
  const passed = async function* () {
    let sizeBytes = 0;
    try {
      for await (const chunk of bytes as AsyncIterable<Buffer>) { sizeBytes += chunk.length; yield chunk; }
    } catch (error) {
      throw storageAway('HDFS', error);
    }
    if (sizeBytes < announcedBytes) throw storageAway('HDFS', new Error(`The connection ended after ${sizeBytes} of ${announcedBytes} bytes.`));
  };
  return Readable.from(passed(), { objectMode: false });
}
