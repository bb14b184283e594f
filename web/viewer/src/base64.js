// Bytes that travel in JSON.

/** The bytes of a text in base64. A call for each byte would cost more than the decoding of an
 * image: browsers that can do it themselves do. */
export function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes;
}
