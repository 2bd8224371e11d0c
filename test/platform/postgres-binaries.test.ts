import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installedBinaries, reachableBinaries } from '../../platform/postgres/binaries';
import { droppedUser } from '../../platform/postgres/dropped-user';

describe('the binaries of the embedded Postgres', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modelgraph-binaries-'));
  const home = path.join(folder, 'home');
  const copyTo = path.join(folder, 'data');
  const closed = path.join(home, 'native');
  beforeAll(() => {
    fs.chmodSync(folder, 0o755);
    fs.mkdirSync(copyTo);
    fs.mkdirSync(home, { mode: 0o700 });
    fs.cpSync(installedBinaries(), closed, { recursive: true, verbatimSymlinks: true });
    fs.copyFileSync(path.join(installedBinaries(), '..', 'package.json'), path.join(home, 'package.json'));
  });
  afterAll(() => { fs.rmSync(folder, { recursive: true }); });

  it('are copied once to where the dropped user can run them, when the project lies under a closed home', () => {
    const binaries = reachableBinaries({ native: closed, copyTo, isDropped: true });
    expect(binaries.initdb.startsWith(copyTo)).toBe(true);
    expect(execFileSync(binaries.postgres, ['--version'], { ...droppedUser(), cwd: '/', encoding: 'utf8' })).toMatch(/^postgres \(PostgreSQL\)/);
    const copiedAt = fs.statSync(binaries.initdb).ctimeMs;
    expect(reachableBinaries({ native: closed, copyTo, isDropped: true })).toEqual(binaries);
    expect(fs.statSync(binaries.initdb).ctimeMs).toBe(copiedAt);
  });

  it('are run where npm put them otherwise', () => {
    expect(reachableBinaries({ native: closed, copyTo, isDropped: false }).postgres.startsWith(closed)).toBe(true);
  });

  it('get the links that npm packages cannot carry', () => {
    const links = JSON.parse(fs.readFileSync(path.join(closed, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    for (const { target } of links) fs.rmSync(path.join(closed, '..', target), { force: true });
    const { initdb } = reachableBinaries({ native: closed, copyTo, isDropped: false });
    expect(links.every(({ target }) => fs.existsSync(path.join(closed, '..', target)))).toBe(true);
    expect(execFileSync(initdb, ['--version'], { encoding: 'utf8' })).toMatch(/^initdb/);
  });
});
