import { TOPICS, type Topic } from './event-bus';

export interface Hint {
  topic: Topic;
  id: string;
}

export interface HintPayload {
  /** The process that sent it. */
  origin: string;
  hints: Hint[];
}

/** NOTIFY refuses payloads of 8000 bytes and more (PostgreSQL, NOTIFY). */
const PAYLOAD_MAX_BYTES = 7_999;

/** As few payloads as hold all hints: the origin's line, then one line `topic id` each. */
export function encodeHints(origin: string, hints: readonly Hint[]): string[] {
  const payloads: string[] = [];
  let payload = origin;
  for (const { topic, id } of hints) {
    const line = `\n${topic} ${id}`;
    if (Buffer.byteLength(payload) + Buffer.byteLength(line) > PAYLOAD_MAX_BYTES) {
      payloads.push(payload);
      payload = origin;
    }
    payload += line;
  }
  if (payload !== origin) payloads.push(payload);
  return payloads;
}

/** Lines of topics that this version does not know are left out: another version of the platform may share the channel. */
export function decodeHints(payload: string): HintPayload {
  const [origin = '', ...lines] = payload.split('\n');
  const hints = lines.flatMap((line) => {
    const space = line.indexOf(' ');
    const topic = TOPICS.find((known) => known === line.slice(0, space));
    return topic ? [{ topic, id: line.slice(space + 1) }] : [];
  });
  return { origin, hints };
}
