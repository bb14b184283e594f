// Faults that a test injects: Pro Santé Connect down, slow, or answering something else.

import { setTimeout as sleep } from 'node:timers/promises';

import { HttpError } from './messages.mjs';

const MAX_SECONDS = 300;

// Each gives true when it answered by itself.
const KINDS = {
  unavailable: async (fault, response) => {
    response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' });
    response.end('unavailable');
    return true;
  },
  delay: async ({ seconds }) => {
    await sleep(seconds * 1000);
    return false;
  },
  wrong_answer: async (fault, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>not the answer</body></html>');
    return true;
  },
};

export class Faults {
  #faults = [];

  /**
   * `path`: part of the paths concerned, all by default; `seconds`: of a delay;
   * `count`: how many times, without end by default. HttpError 400 names the fault.
   */
  add({ kind, path = '/', seconds = 1, count = null, ...others }) {
    const wrong = [
      !Object.hasOwn(KINDS, kind) && 'kind',
      typeof path !== 'string' && 'path',
      !(typeof seconds === 'number' && seconds > 0 && seconds <= MAX_SECONDS) && 'seconds',
      !(count === null || (Number.isInteger(count) && count > 0)) && 'count',
      ...Object.keys(others),
    ].filter(Boolean);
    if (wrong.length) throw new HttpError(400, `wrong or unknown: ${wrong.join(', ')}`);
    this.#faults.push({ kind, path, seconds, count });
  }

  clear() {
    this.#faults = [];
  }

  list() {
    return this.#faults;
  }

  /** Plays the first fault of that path; true when the request is answered. */
  async play(path, response) {
    const fault = this.#faults.find((one) => path.includes(one.path));
    if (!fault) return false;
    if (fault.count !== null) {
      fault.count -= 1;
      if (fault.count === 0) this.#faults = this.#faults.filter((one) => one !== fault);
    }
    return KINDS[fault.kind](fault, response);
  }
}
