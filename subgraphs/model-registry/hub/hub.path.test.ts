import { readHubPath } from './hub.path';

describe('a path of the Hub', () => {
  it.each([
    ['api/models', { kind: 'models' }],
    ['api/models/a/b', { kind: 'info', model: 'a/b', revision: null }],
    ['api/models/a/b/revision/feature%2Fx', { kind: 'info', model: 'a/b', revision: 'feature/x' }],
    ['api/models/a/b/tree/main', { kind: 'tree', model: 'a/b', revision: 'main', folder: '' }],
    ['api/models/a/b/tree/main/onnx/', { kind: 'tree', model: 'a/b', revision: 'main', folder: 'onnx' }],
    ['a/b/resolve/v1/onnx/model%20%C3%A4.onnx', { kind: 'file', model: 'a/b', revision: 'v1', path: 'onnx/model ä.onnx' }],
  ])('is read: %s', (path, expected) => {
    expect(readHubPath(path)).toEqual(expected);
  });

  it.each([
    '', 'api', 'api/models/a', 'api/models/a/b/tree', 'api/datasets/a/b', 'a/b', 'a/b/resolve/main', 'a/b/raw/main/x', 'a/b/resolve/main//x', 'a/b/resolve/main/../x',
    'a/b/resolve/main/%2e%2e/x', 'a/b/resolve/main/%2e', 'a/b/resolve/main/x%00', 'a/b/resolve/main/..%2F..%2Fx', 'a/b/resolve/x%2F..%2Fy/z', 'a/b/resolve/main/%2Fetc', 'a/b/resolve/main/%E4%ZZ', '//resolve/main/x', 'api/models/../b', 'api/whoami-v2/x',
  ])('is found nowhere: %s', (path) => {
    expect(readHubPath(path)).toBeNull();
  });
});
