import { firstThatWorks, type ExecutionProvider } from './execution-provider';

describe('execution providers', () => {
  const only = (...there: ExecutionProvider[]) => async (provider: ExecutionProvider): Promise<string> => {
    if (!there.includes(provider)) throw new Error(`no library for ${provider}`);
    return `on ${provider}`;
  };

  it('are tried in the order they are wanted', async () => {
    expect(await firstThatWorks(['tensorrt', 'cuda', 'cpu'], only('cuda', 'cpu'))).toEqual({ provider: 'cuda', result: 'on cuda' });
  });

  it('end with the processor, asked for or not', async () => {
    expect(await firstThatWorks(['cuda'], only('cpu'))).toEqual({ provider: 'cpu', result: 'on cpu' });
    expect(await firstThatWorks(['cpu', 'cuda'], only('cuda', 'cpu'))).toEqual({ provider: 'cpu', result: 'on cpu' });
  });

  it('tell what the processor says when none works', async () => {
    await expect(firstThatWorks(['cuda'], only())).rejects.toThrow('no library for cpu');
  });
});
