// Bytes that did not come.

// Codes that a later attempt may mend.
const PASSING = new Set(["expired", "unreachable"]);

/** Whether frames with this code are asked for again. */
export const mayPass = (code) => PASSING.has(code);

/** ``code`` says why they did not come, ``url`` is the address that was refused. */
export class Lost extends Error {
  constructor(code, url = null) {
    super(code);
    this.code = code;
    this.url = url;
  }
}
