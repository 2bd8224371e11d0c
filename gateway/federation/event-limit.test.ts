import { eventLimit } from './event-limit';

async function through(maxBytes: number, ...chunks: string[]): Promise<string> {
  const source = new ReadableStream<Uint8Array>({ start(controller) { for (const chunk of chunks) controller.enqueue(Buffer.from(chunk)); controller.close(); } });
  let text = '';
  for await (const chunk of source.pipeThrough(eventLimit(maxBytes)) as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
  return text;
}

describe('an event stream with a limit', () => {
  it.each([['\n'], ['\r\n']])('passes any number of events that keep to it, whatever its lines end with', async (end) => {
    const event = `data: ${'x'.repeat(20)}${end}${end}`;
    expect(await through(32, ...Array.from({ length: 50 }, () => event))).toBe(event.repeat(50));
  });

  it('breaks off within an event that is larger, in one piece or in many', async () => {
    await expect(through(32, `data: ${'x'.repeat(40)}`)).rejects.toThrow('32 bytes');
    await expect(through(32, ...Array.from({ length: 40 }, () => 'x'))).rejects.toThrow('32 bytes');
    await expect(through(32, ...Array.from({ length: 10 }, () => 'data: x\n'))).rejects.toThrow('32 bytes');
  });
});
