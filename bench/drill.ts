import { parseArgs } from 'node:util';
import { drills, partedDrills } from './drills';
import { printJson } from './support/report';

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false }, parted: { type: 'boolean', default: false } } });
  const name = positionals[0] ?? '';
  const drill = Object.hasOwn(drills, name) ? drills[name] : undefined;
  if (!drill) throw new Error(`There is no drill "${name}". There are: ${Object.keys(drills).join(', ')}.`);
  if (values.parted && !partedDrills.has(name)) throw new Error(`--parted is for ${[...partedDrills].join(', ')}.`);
  const result = await drill(values.parted ? 'parted' : 'whole');
  printJson(result);
  process.exitCode = result.ok ? 0 : 1;
}

main().then(() => process.exit(), (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
