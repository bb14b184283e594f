// The workers that decode. Each frame is one task; the least busy worker takes it.

const COUNT = Math.max(1, Math.min(4, (navigator.hardwareConcurrency ?? 2) - 1));

const workers = [];
let number = 0;

function start() {
  while (workers.length < COUNT) {
    const worker = new Worker(new URL("./decode/worker.js", import.meta.url), { type: "module" });
    const one = { worker, tasks: new Map() };
    worker.onmessage = ({ data }) => {
      const task = one.tasks.get(data.id);
      one.tasks.delete(data.id);
      if (data.error) task?.reject(new Error(data.error));
      else task?.resolve(data);
    };
    worker.onerror = () => {
      for (const task of one.tasks.values()) task.reject(new Error("decoder"));
      one.tasks.clear();
    };
    workers.push(one);
  }
}

function post(message, transfer = []) {
  start();
  const least = workers.reduce((a, b) => (b.tasks.size < a.tasks.size ? b : a));
  return new Promise((resolve, reject) => {
    number += 1;
    least.tasks.set(number, { resolve, reject });
    least.worker.postMessage({ ...message, id: number }, transfer);
  });
}

/** Start the workers and their codecs. */
export function warmUp() {
  start();
  return Promise.all(Array.from({ length: COUNT }, () => post({ warm: true })));
}

/** The pixels of a frame; an Error whose message is a code when it cannot be decoded. */
export function decode(bytes, spec) {
  return post({ bytes, spec }, [bytes.buffer]);
}
