/** One listener for each signal, however many wait for it: Node warns about more than ten. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `listener` once when the signal aborts. Returns a function that removes it. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = waiting.get(signal) ?? new Set();
  const own = () => listener(); // the same function may be added twice
  if (listeners.size === 0) begin(signal, listeners);
  listeners.add(own);
  return () => {
    if (listeners.delete(own) && listeners.size === 0) end(signal);
  };
}

const heard = new WeakMap<AbortSignal, () => void>();

function begin(signal: AbortSignal, listeners: Set<() => void>): void {
  const call = () => {
    end(signal);
    for (const listener of [...listeners]) if (listeners.delete(listener)) listener();
  };
  waiting.set(signal, listeners);
  heard.set(signal, call);
  signal.addEventListener("abort", call, { once: true });
}

/** The signal may outlive all that waited for it, and must then keep nothing of them. */
function end(signal: AbortSignal): void {
  const call = heard.get(signal);
  if (call) signal.removeEventListener("abort", call);
  waiting.delete(signal);
  heard.delete(signal);
}
