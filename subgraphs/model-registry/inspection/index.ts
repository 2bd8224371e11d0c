export { inspectModel } from './model.inspector';
export type { ModelFacts } from './model-facts';
