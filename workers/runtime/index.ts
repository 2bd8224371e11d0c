export { probeModel } from './probe';
export { OnnxRunnerLoader, tensorBatching } from './runner.loader';
