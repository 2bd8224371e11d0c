import { Redis } from 'ioredis';
import { writeOncePerTurn } from '../../platform/queue/write-once-per-turn';
import { eventually } from '../support/eventually';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis';

describeWithRedis('commands of one turn of the event loop', () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = writeOncePerTurn(new Redis(server.url, { lazyConnect: true, retryStrategy: () => 20 }));
    redis.on('error', () => undefined);
    await redis.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  const writes = () => {
    const { stream } = redis as unknown as { stream: { _writev: (...parameters: unknown[]) => void; _write: (...parameters: unknown[]) => void } };
    return [jest.spyOn(stream, '_writev'), jest.spyOn(stream, '_write')] as const;
  };

  it('leave in one write, in their order', async () => {
    const [many, one] = writes();
    const answers = await Promise.all([redis.rpush('list', 'a'), redis.rpush('list', 'b'), Promise.resolve().then(() => redis.lrange('list', 0, -1))]);
    expect(answers).toEqual([1, 2, ['a', 'b']]);
    expect([many.mock.calls.length, one.mock.calls.length]).toEqual([1, 0]);
  });

  it('do so on the next connection too', async () => {
    await server.crash();
    await eventually(async () => expect(await redis.ping()).toBe('PONG'), { timeoutMs: 10_000 });
    const [many, one] = writes();
    await Promise.all([redis.ping(), redis.ping(), redis.ping()]);
    expect([many.mock.calls.length, one.mock.calls.length]).toEqual([1, 0]);
  });
});
