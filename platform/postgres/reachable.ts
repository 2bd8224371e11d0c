import fs from 'node:fs';
import path from 'node:path';

/** The first folder on the way to `target` that other users may not enter; null when all may be entered. */
export function firstClosedFolder(target: string): string | null {
  const folders: string[] = [];
  for (let dir = path.resolve(target); ; dir = path.dirname(dir)) {
    folders.unshift(dir);
    if (dir === path.dirname(dir)) break;
  }
  return folders.find((dir) => (fs.statSync(dir).mode & 0o001) === 0) ?? null;
}
