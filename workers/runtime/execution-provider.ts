/** What computes, as ONNX Runtime names it; which of them there are depends on the library and the machine. */
export const EXECUTION_PROVIDERS = ['tensorrt', 'cuda', 'coreml', 'dml', 'cpu'] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

/**
 * Tries one after the other, and the processor last of all. In code, since the runtime throws at a whole list when the library of one of them is missing.
 * @throws what the last one threw
 */
export async function firstThatWorks<T>(wanted: readonly ExecutionProvider[], attempt: (provider: ExecutionProvider) => Promise<T>): Promise<{ provider: ExecutionProvider; result: T }> {
  for (const provider of wanted) {
    if (provider === 'cpu') break;
    try {
      return { provider, result: await attempt(provider) };
    } catch {
      // Missing or unfit for this model: the next may do. What is wrong with the model itself the processor tells as well.
    }
  }
  return { provider: 'cpu', result: await attempt('cpu') };
}
