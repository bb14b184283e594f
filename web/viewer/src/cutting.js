// The frames of one range of an object, put together while its bytes come: each byte is copied once.

/** ``spans`` are frames with their ranges of the object (``[offset, length]``, in the frame's order),
 * ``start`` and ``end`` around them; in the order of their starts. */
export class Cutting {
  constructor(spans) {
    this.frames = spans.map((span) => {
      let size = 0;
      const pieces = span.ranges.map(([offset, length]) => {
        const to = size;
        size += length;
        return { from: offset, until: offset + length, to };
      });
      return { span, pieces, size, data: null };
    });
    this.next = 0;
  }

  /** Whether every frame is whole. */
  get whole() {
    return this.next === this.frames.length;
  }

  /** Take the bytes that stand at ``at`` of the object, which follow those of before; the frames that
   * are whole now. */
  take(bytes, at) {
    const end = at + bytes.length;
    for (let one = this.next; one < this.frames.length && this.frames[one].span.start < end; one += 1) {
      fill(this.frames[one], bytes, at);
    }
    const first = this.next;
    while (!this.whole && this.frames[this.next].span.end <= end) this.next += 1;
    return this.frames.slice(first, this.next).map(({ span, data }) => ({ name: span.name, data }));
  }
}

function fill(frame, bytes, at) {
  frame.data ??= new Uint8Array(frame.size);
  for (const { from, until, to } of frame.pieces) {
    const [start, stop] = [Math.max(from, at), Math.min(until, at + bytes.length)];
    if (start < stop) frame.data.set(bytes.subarray(start - at, stop - at), to + start - from);
  }
}
