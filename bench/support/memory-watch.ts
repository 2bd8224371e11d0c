import { residentKib } from './process-tree';

const EVERY_MS = 50;

/** How far the resident memory of a process rises above what it has at first. */
export async function watchMemory(pid: number): Promise<{ stop(): number }> {
  const firstKib = await residentKib(pid);
  let highestKib = firstKib;
  const timer = setInterval(() => void residentKib(pid).then((kib) => { highestKib = Math.max(highestKib, kib); }, () => undefined), EVERY_MS);
  return { stop() { clearInterval(timer); return (highestKib - firstKib) / 1_024; } };
}
