import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { GraphQLSchema } from 'graphql';
import type { Browser, Page } from 'playwright-core';
import { describeWithChromium, openChromium } from '../support/chromium';
import { composedSchema } from '../support/composed.schema';
import { openDoors, type Doors } from '../support/door.gateway';
import { Ticker } from '../support/door.schema';
import { eventually } from '../support/eventually';
import { supergraphOf } from '../support/schema.supergraph';

const root = path.join(__dirname, '../..');

/** The real graph's shape with answers of the test's own. */
async function answeringSchema(): Promise<{ schema: GraphQLSchema; tickers: Ticker[] }> {
  const schema = await composedSchema();
  const tickers: Ticker[] = [];
  schema.getQueryType()!.getFields()['viewer']!.resolve = (_root, _args, { scope }: { scope: { caller: object } }) => ({ ...scope.caller, namespaces: { edges: [] } });
  const events = schema.getSubscriptionType()!.getFields()['jobEvents']!;
  events.subscribe = () => { const ticker = new Ticker(3); tickers.push(ticker); return ticker; };
  events.resolve = ({ ticks }: { ticks: number }) => ({ seq: ticks, at: new Date(0), kind: 'STARTED', message: `event ${ticks}`, job: { status: 'RUNNING', progress: 0.5 }, items: [] });
  return { schema, tickers };
}

describeWithChromium('GraphiQL in a browser', () => {
  let webDir: string;
  let doors: Doors;
  let browser: Browser;
  let page: Page;
  let tickers: Ticker[];
  const hosts = new Set<string>();
  const complaints: string[] = [];

  beforeAll(async () => {
    webDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-web-'));
    const vite = path.join(root, 'node_modules/vite/bin/vite.js');
    await promisify(execFile)(process.execPath, [vite, 'build', '--config', path.join(root, 'gateway/web/vite.config.mts'), '--outDir', webDir, '--emptyOutDir', '--logLevel', 'error']);
    const answering = await answeringSchema();
    tickers = answering.tickers;
    doors = await openDoors({ supergraph: supergraphOf(answering.schema), webDir });
    browser = await openChromium();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('request', (request) => { if (!request.url().startsWith('blob:')) hosts.add(new URL(request.url()).host); });
    page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
    page.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(doors.url);
  });
  afterAll(async () => {
    await browser?.close();
    await doors?.close();
    await rm(webDir, { recursive: true, force: true });
  });

  /** Monaco draws spaces that do not break. */
  const response = async () => (await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ');
  const tab = (name: string) => page.locator('.graphiql-tab', { hasText: name });
  const shows = (text: string) => eventually(async () => expect(await page.locator('.graphiql-query-editor').innerText()).toContain(text));
  const run = () => page.getByRole('button', { name: /Execute query/ }).click();

  it("opens from / with the README's operations as tabs and the explorer beside them", async () => {
    expect(new URL(page.url()).pathname).toBe('/graphiql');
    for (const name of ['WhoAmI', 'PushModel', 'Deploy', 'Submit', 'Watch']) await tab(name).waitFor();
    await page.locator('.graphiql-explorer-root').getByText('viewer').first().waitFor();
    await shows('viewer');
  });

  it('runs a query', async () => {
    await run();
    await eventually(async () => expect(await response()).toContain('bootstrap-admin'));
  });

  it('runs a subscription over WebSocket and ends it upstream', async () => {
    await tab('Watch').click();
    await shows('jobEvents');
    await run();
    await eventually(async () => expect(await response()).toContain('"seq": 3'));
    await page.getByRole('button', { name: /Stop query/ }).click();
    await eventually(() => expect(tickers[0]!.isEnded).toBe(true));
  });

  it('runs the operation of a tab at once after a change of tabs', async () => {
    await tab('WhoAmI').click();
    await run();
    await eventually(async () => expect(await response()).toContain('bootstrap-admin'));
  });

  it('asks no other host and complains of nothing', async () => {
    expect([...hosts]).toEqual([`127.0.0.1:${doors.port}`]);
    expect(complaints).toEqual([]);
  });
});
