/** Lets the event loop turn between two pieces of work: pings are answered, frames leave. @module */

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
