const operations = import.meta.glob<string>('../../../examples/graphql/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob<string>('../../../examples/graphql/*.json', { query: '?raw', import: 'default', eager: true });

/** One tab per file, in the order of their numbers: the operations of the README, ready to run. */
export const exampleTabs = Object.keys(operations).sort().map((file) => ({
  query: operations[file]!.trim(),
  variables: variables[file.replace(/\.graphql$/, '.json')]?.trim() ?? null,
}));
