import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const executable = (process.env['PATH'] ?? '').split(path.delimiter).map((dir) => path.join(dir, 'chromium')).find((file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

/** A describe block that is reported as skipped where no `chromium` is on the PATH. */
export const describeWithChromium: jest.Describe = executable ? describe : describe.skip;

/** Debian's own Chromium, which phones nobody. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable!,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-dev-shm-usage',
    ],
  });
}
