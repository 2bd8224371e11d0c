export interface SequenceRequest {
  id: string;
  /** The last `seq` that the stream has; 0 for none. */
  after: number;
}

export interface SequenceBatch<Event> {
  /** In order, without gaps, beginning right behind `after`. */
  events: Event[];
  /** Whether more are there already. */
  hasMore: boolean;
  /** Nothing will follow these events. */
  isComplete: boolean;
}
