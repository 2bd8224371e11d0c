import WebSocket from 'ws';

export interface SeenEvent {
  seq: number;
  /** From the moment it happened, or could first be told, to its arrival. */
  tookMs: number;
}

interface Message {
  type: string;
  payload?: { data?: { jobEvents: { seq: number; at: string } } | null; errors?: { message: string }[] };
}

/** What followers of a job's events select: of the job's subgraph, and of another one to complete it. */
export const SELECTION = 'jobEvents(id: $id) { seq at kind job { status finishedCount deployment { fullName status } } }';

/** One socket that speaks graphql-transport-ws by hand, so that thousands of them leave the processor to the server. */
export class Subscriber {
  readonly events: SeenEvent[] = [];
  readonly errors: string[] = [];
  /** Resolves with its first event. */
  readonly begun: Promise<void>;
  readonly completed: Promise<void>;
  #begin!: () => void;
  #complete!: () => void;
  #followedAt = 0;

  private constructor(private readonly socket: WebSocket) {
    this.begun = new Promise((resolve) => { this.#begin = resolve; });
    this.completed = new Promise((resolve) => { this.#complete = resolve; });
    socket.on('message', (data) => this.#read(JSON.parse(String(data)) as Message));
    socket.once('close', (code) => this.#fail(`closed with ${code}`));
  }

  /** Resolves once the server has acknowledged the connection. */
  static async open(url: string): Promise<Subscriber> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
    await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject); });
    const acknowledged = new Promise((resolve) => { socket.once('message', resolve); });
    socket.send('{"type":"connection_init"}');
    await acknowledged;
    return new Subscriber(socket);
  }

  /** Follows all events of a job; `name` makes a document of its own, which is shared with nobody. */
  follow(id: string, name = ''): void {
    this.#followedAt = Date.now();
    this.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: `subscription ${name}($id: ID!) { ${SELECTION} }`, variables: { id } } }));
  }

  /** Reads no more. */
  stall(): void {
    this.socket.pause();
  }

  close(): void {
    this.socket.removeAllListeners('close');
    this.socket.terminate();
  }

  #read({ type, payload }: Message): void {
    if (type === 'complete') this.#complete();
    const event = payload?.data?.jobEvents;
    if (event) this.#see(event);
    else if (type === 'next' || type === 'error') this.#fail(JSON.stringify(payload));
  }

  #see({ seq, at }: { seq: number; at: string }): void {
    this.events.push({ seq, tookMs: Date.now() - Math.max(Date.parse(at), this.#followedAt) });
    this.#begin();
  }

  #fail(reason: string): void {
    this.errors.push(reason);
    this.#begin();
    this.#complete();
  }
}
