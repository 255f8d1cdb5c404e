/** What is loaded when it is first asked for, and kept. @module */

/** The same promise each time. An import() of what is loaded already still takes some 60 us, which an inference would pay for each kind of step. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}
