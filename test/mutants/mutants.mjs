/** The list of mutations, and how one is applied. */
import { readdir } from 'node:fs/promises';

const LIST = new URL('list/', import.meta.url);

/**
 * All mutations: { area, id, file, find, replace, tests, only?, secrecy?, equivalent?, why }. `find` stands once in `file`; `only` names the
 * tests of `tests` that run; `equivalent` says why nothing can notice.
 */
export async function allMutants() {
  const areas = (await readdir(LIST)).filter((name) => name.endsWith('.mjs')).sort();
  const lists = await Promise.all(
    areas.map(async (name) => {
      const { mutants } = await import(new URL(name, LIST).href);
      return mutants.map((mutant) => ({ area: name.slice(0, -'.mjs'.length), ...mutant }));
    }),
  );
  return lists.flat();
}

/** The file with the mutation in it. */
export function mutate(text, { id, file, find, replace }) {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`${id}: expected its text once in ${file}, found it ${parts.length - 1} times`);
  return parts.join(replace);
}
