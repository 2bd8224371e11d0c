import type { Browser, Page } from 'playwright-core';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { describeWithChromium, openChromium } from '../support/chromium';

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { in: string; name: string; required?: boolean }[];
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

const MLFLOW = [
  ...['delete', 'delete-tag'].map((name) => `DELETE /api/2.0/mlflow/model-versions/${name}`),
  ...['alias', 'delete', 'delete-tag'].map((name) => `DELETE /api/2.0/mlflow/registered-models/${name}`),
  'GET /api/2.0/mlflow-artifacts/artifacts', 'GET /api/2.0/mlflow-artifacts/artifacts/{*}',
  ...['get', 'get-download-uri', 'search'].map((name) => `GET /api/2.0/mlflow/model-versions/${name}`),
  ...['alias', 'get', 'search'].map((name) => `GET /api/2.0/mlflow/registered-models/${name}`),
  'PATCH /api/2.0/mlflow/model-versions/update', 'PATCH /api/2.0/mlflow/registered-models/update',
  ...['create', 'set-tag'].map((name) => `POST /api/2.0/mlflow/model-versions/${name}`),
  ...['alias', 'create', 'get-latest-versions', 'set-tag'].map((name) => `POST /api/2.0/mlflow/registered-models/${name}`),
];

const ROUTES = [
  ...MLFLOW,
  'GET /hf/api/models', 'GET /hf/api/models/{namespace}/{name}', 'GET /hf/api/models/{namespace}/{name}/refs', 'GET /hf/api/models/{namespace}/{name}/revision/{revision}',
  'GET /hf/api/models/{namespace}/{name}/tree/{revision}', 'GET /hf/{namespace}/{name}/resolve/{revision}/{*}',
  'GET /v1/jobs', 'GET /v1/jobs/{id}', 'GET /v1/jobs/{id}/events', 'GET /v1/jobs/{id}/items', 'GET /v2', 'GET /v2/health/live', 'GET /v2/health/ready',
  'GET /v2/models/stats', 'GET /v2/models/{namespace}/{name}', 'GET /v2/models/{namespace}/{name}/ready', 'GET /v2/models/{namespace}/{name}/stats',
  'GET /v2/models/{namespace}/{name}/versions/{version}', 'GET /v2/models/{namespace}/{name}/versions/{version}/ready',
  'GET /v2/models/{namespace}/{name}/versions/{version}/stats', 'POST /v1/jobs', 'POST /v1/jobs/{id}/cancel', 'POST /v2/models/{namespace}/{name}/generate', 'POST /v2/models/{namespace}/{name}/generate_stream', 'POST /v2/models/{namespace}/{name}/infer',
  'POST /v2/models/{namespace}/{name}/versions/{version}/generate', 'POST /v2/models/{namespace}/{name}/versions/{version}/generate_stream',
  'POST /v2/models/{namespace}/{name}/versions/{version}/infer', 'POST /v2/repository/index', 'POST /v2/repository/models/{namespace}/{name}/load',
  'POST /v2/repository/models/{namespace}/{name}/unload',
];

let platform: PlatformProcess;
let document: OpenApi;

beforeAll(async () => {
  platform = await startPlatform();
  const response = await fetch(`${platform.url}/openapi.json`);
  expect(response.headers.get('content-type')).toContain('application/json');
  document = (await response.json()) as OpenApi;
}, 60_000);
afterAll(() => platform?.stop());

const operations = (): [string, string, Operation][] => Object.entries(document.paths).flatMap(([path, methods]) => (
  Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method.toUpperCase(), operation])
));

describe('the OpenAPI document', () => {
  it('is of 3.1 and tells both lanes, and nothing that is not for people', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations().map(([path, method]) => `${method} ${path}`).sort()).toEqual([...ROUTES].sort());
  });

  it('names, explains and tags every operation, once', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, , operation] of operations()) {
      expect(operation).toMatchObject({ operationId: expect.stringMatching(/^\w+$/), summary: expect.stringMatching(/\w/), tags: [expect.any(String)] });
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
    }
  });

  it('declares every parameter of every path, and a schema of every answer', () => {
    for (const [path, , { parameters = [], responses }] of operations()) {
      const declared = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name).sort();
      expect(declared).toEqual([...path.matchAll(/\{(\w+|\*)\}/g)].map(([, name]) => name).sort());
      for (const { content = {} } of Object.values(responses)) for (const { schema } of Object.values(content)) expect(Object.keys(schema).length).toBeGreaterThan(0);
    }
    // A reference within a schema would be looked up in the document.
    expect(JSON.stringify(document).match(/"\$ref"/g)).toBeNull();
  });

  it('tells of no path at which nothing answers', async () => {
    for (const [path, method] of operations()) {
      const url = platform.url + path.replaceAll(/\{(\w+|\*)\}/g, 'x');
      const response = await fetch(url, { method, ...(method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}) });
      expect([url, await response.text()]).not.toEqual([url, expect.stringContaining('Nothing answers')]);
    }
  });
});

describeWithChromium('the page of the OpenAPI document in a browser', () => {
  let browser: Browser;
  let page: Page;
  const hosts = new Set<string>();
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.on('request', (request) => { if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).host); });
    page.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${platform.url}/docs`);
    await page.locator('.opblock').first().waitFor();
  });
  afterAll(() => browser?.close());

  it('shows every operation, tries one, and asks nobody but us', async () => {
    expect(await page.locator('.opblock').count()).toBe(ROUTES.length);
    const list = page.locator('#operations-Jobs-listJobs');
    await list.locator('.opblock-summary-control').click();
    await list.getByRole('button', { name: 'Try it out' }).click();
    await list.getByRole('button', { name: 'Execute' }).click();
    const answer = list.locator('.live-responses-table .response').first();
    await answer.waitFor();
    expect(await answer.innerText()).toContain('"jobs": []');
    expect([...hosts]).toEqual([new URL(platform.url).host]);
    expect(complaints).toEqual([]);
  });

  it('is held to our own scripts by its policy', async () => {
    const headers = (await page.request.get(`${platform.url}/docs/`)).headers();
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
