// Whether this browser can show images at all. One that cannot is told so at once, and why.
import { say } from "./page.js";

/** The viewer cannot run here; ``reason`` is ``webgl``, ``wasm`` or ``worker``. */
export class Unable extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Throws Unable when something is missing that every image needs. */
export function requireAbilities() {
  if (!document.createElement("canvas").getContext("webgl2")) throw new Unable("webgl");
  if (typeof WebAssembly !== "object") throw new Unable("wasm");
  if (typeof Worker !== "function") throw new Unable("worker");
}

/** The words for a start that failed. */
export function wordsOf(error) {
  const reason = error instanceof Unable ? error.reason : "other";
  return say("cannot_start", { reason: say(`cannot_${reason}`) });
}
