const [LINE_FEED, CARRIAGE_RETURN] = [10, 13];

/** Breaks a stream of Server-Sent Events off within an event that is larger than allowed: the parser behind it keeps events whole. */
export function eventLimit(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let sizeBytes = 0;
  let isLineEmpty = true;
  return new TransformStream({
    transform(chunk, controller) {
      for (const byte of chunk) {
        sizeBytes += 1;
        // An empty line ends an event.
        if (byte === LINE_FEED && isLineEmpty) sizeBytes = 0;
        if (byte !== CARRIAGE_RETURN) isLineEmpty = byte === LINE_FEED;
        if (sizeBytes > maxBytes) throw new Error(`it sends an event of more than ${maxBytes} bytes`);
      }
      controller.enqueue(chunk);
    },
  });
}
