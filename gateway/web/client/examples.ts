const operations = import.meta.glob<string>('../../../examples/graphql/*.graphql', { query: '?raw', import: 'default', eager: true });

/** The operations of the README, one tab each, in the order of their numbers. */
export const exampleTabs = Object.keys(operations).sort().map((file) => ({
  query: operations[file]!.trim(),
}));
