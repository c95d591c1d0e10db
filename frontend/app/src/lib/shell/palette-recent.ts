/** The records that somebody looked at last, on this machine. */

import { session } from "#lib/session/session.svelte.ts";

export interface Seen {
  model: string;
  id: string;
}

const MOST = 8;

/** The records, the last one first. */
export function recent(): Seen[] {
  try {
    const told: unknown = JSON.parse(localStorage.getItem(key()) ?? "[]");
    return Array.isArray(told) ? (told as Seen[]) : [];
  } catch {
    return [];
  }
}

/** Notes that a record was looked at. */
export function visited(model: string, id: string): void {
  const others = recent().filter((each) => each.id !== id);
  localStorage.setItem(key(), JSON.stringify([{ model, id }, ...others].slice(0, MOST)));
}

/** Several people may use one browser. */
function key(): string {
  return `eerp.recent.${session.me?.id ?? ""}`;
}
