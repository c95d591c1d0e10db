/** Modules beside each other: which stands first, which needs which. */

import type { State } from "./modules.ts";

/** Those that failed first, the others in the order in which they are loaded. */
export function inOrder(all: State[]): State[] {
  const rank = ({ state }: State) => (state === "loaded" ? 1 : 0);
  return [...all].sort((a, b) => rank(a) - rank(b));
}

/** The names of the modules that need `name`. */
export function neededBy(name: string, all: State[]): string[] {
  return all.filter(({ depends }) => depends.includes(name)).map((each) => each.name);
}
