/** Who is asked before all that is on the screen is left, without going to another page. */

/** Answers whether it is up to somebody: then `go` is called once they agree. */
type Guard = (go: () => void) => boolean;

const guards = new Set<Guard>();

/** Has `guard` asked, until what it answers is called. */
export function guardLeaving(guard: Guard): () => void {
  guards.add(guard);
  return () => guards.delete(guard);
}

/** Calls `go`: at once, or after it was agreed to that what was typed is lost. */
export function leaveScreen(go: () => void): void {
  if (![...guards].some((guard) => guard(go))) go();
}
