import { parseArgs } from 'node:util';
import { benches, partedBenches } from './benches';
import { printJson } from './support/report';

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false }, parted: { type: 'boolean', default: false } } });
  const name = positionals[0] ?? '';
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) throw new Error(`There is no bench "${name}". There are: ${Object.keys(benches).join(', ')}.`);
  if (values.parted && !partedBenches.has(name)) throw new Error(`--parted is for ${[...partedBenches].join(', ')}.`);
  const result = await bench(values.parted ? 'parted' : 'whole');
  if (!values.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  printJson(result);
}

main().then(() => process.exit(0), (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
