import { silentLog } from '../../platform/log';
import { DocumentSource } from './document.source';
import { sha256Of, TrustedDocuments, type TrustMode } from './trusted.documents';

const trusted = new TrustedDocuments([['one', '{ hello }']]);
const source = (mode: TrustMode = 'off') => new DocumentSource({ mode, trusted }, silentLog());
const refusal = (code: string) => expect.objectContaining({ code });
const apq = (sha256Hash: unknown, version: unknown = 1) => ({ persistedQuery: { version, sha256Hash } });

describe('a persisted document', () => {
  it('is found by its id in the manifest, by its hash, and by its hash as the specification writes it', () => {
    for (const documentId of ['one', sha256Of('{ hello }'), `sha256:${sha256Of('{ hello }')}`]) {
      expect(source().find({ documentId })).toEqual({ text: '{ hello }', isPersisted: true });
    }
  });

  it('is known by its hash once a client has sent both and it was valid, and not before', () => {
    const documents = source();
    const hash = sha256Of('{ viewer }');
    expect(() => documents.find({ extensions: apq(hash) })).toThrow(expect.objectContaining({ code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' }));
    const found = documents.find({ query: '{ viewer }', extensions: apq(hash) });
    expect(() => documents.find({ extensions: apq(hash) })).toThrow(refusal('PERSISTED_QUERY_NOT_FOUND'));
    found.keep!();
    expect(documents.find({ extensions: apq(hash) })).toEqual({ text: '{ viewer }', isPersisted: true });
  });

  it.each<[string, object]>([
    ['a hash of another document', { query: '{ other }', extensions: apq(sha256Of('{ viewer }')) }],
    ['a hash that is no text', { extensions: apq(7) }], ['an empty hash', { extensions: apq('') }], ['another version', { extensions: apq(sha256Of('a'), 2) }],
    ['a text in its place', { extensions: { persistedQuery: 'x' } }], ['nothing at all', {}], ['an empty document', { query: '' }],
  ])('is refused with %s', (_case, asked) => {
    expect(() => source().find(asked)).toThrow(refusal('BAD_USER_INPUT'));
  });

  it.each(['__proto__', 'constructor', 'toString'])('named %s is not found among what every object has', (documentId) => {
    expect(() => source().find({ documentId })).toThrow(refusal('PERSISTED_QUERY_NOT_FOUND'));
  });
});

describe('a document that is not in the manifest', () => {
  it('runs when trust is off or only warned about', () => {
    for (const mode of ['off', 'warn'] as const) expect(source(mode).find({ query: '{ viewer }' }).text).toBe('{ viewer }');
  });

  it('is refused when trust is enforced, with its hash as well, while those of the manifest run by text or id', () => {
    const documents = source('enforce');
    const untrusted = { query: '{ viewer }', extensions: apq(sha256Of('{ viewer }')) };
    for (const asked of [{ query: '{ viewer }' }, { query: '{ hello } ' }, untrusted]) expect(() => documents.find(asked)).toThrow(refusal('DOCUMENT_NOT_TRUSTED'));
    for (const asked of [{ query: '{ hello }' }, { documentId: 'one' }]) expect(documents.find(asked).text).toBe('{ hello }');
  });

  it('is logged once', () => {
    const lines: object[] = [];
    const log = Object.assign(silentLog(), { warn: (line: object) => lines.push(line) });
    const documents = new DocumentSource({ mode: 'warn', trusted }, log as never);
    for (let count = 0; count < 3; count++) documents.find({ query: '{ viewer }' });
    expect(lines).toEqual([{ sha256: sha256Of('{ viewer }') }]);
  });
});
