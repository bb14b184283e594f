// RLE of DICOM (PS3.5 G): one segment for each byte of a sample, the most significant first.
import { Broken } from "./codestream.js";

/** The samples of a frame, interleaved; Broken unless each segment gives exactly one plane. */
export function rle(bytes, spec) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = spec.allocated / 8;
  const segments = spec.samples * width;
  if (bytes.length < 64 || view.getUint32(0, true) !== segments) throw new Broken("segments");
  const size = spec.rows * spec.columns;
  const out = new Uint8Array(size * segments);
  for (let segment = 0; segment < segments; segment += 1) {
    const start = view.getUint32(4 + 4 * segment, true);
    const last = segment + 1 === segments;
    const end = last ? bytes.length : view.getUint32(8 + 4 * segment, true);
    if (start < 64 || end > bytes.length || start > end) throw new Broken("segments");
    const sample = Math.floor(segment / width);
    const byte = width - 1 - (segment % width);
    unpack(bytes.subarray(start, end), size, (value, pixel) => {
      out[(pixel * spec.samples + sample) * width + byte] = value;
    });
  }
  return width === 1 ? out : new Uint16Array(out.buffer);
}

function unpack(bytes, size, put) {
  let at = 0;
  let pixel = 0;
  while (at < bytes.length && pixel < size) {
    const head = (bytes[at] << 24) >> 24;
    at += 1;
    if (head === -128) continue;
    const count = head >= 0 ? head + 1 : 1 - head;
    const read = head >= 0 ? count : 1;
    if (at + read > bytes.length || pixel + count > size) throw new Broken("segment");
    for (let one = 0; one < count; one += 1) put(bytes[head >= 0 ? at + one : at], pixel + one);
    at += read;
    pixel += count;
  }
  if (pixel !== size) throw new Broken("cut");
}
