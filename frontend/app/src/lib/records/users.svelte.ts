/** What users are called, asked for together and remembered. */

import { SvelteMap } from "svelte/reactivity";
import { request } from "#lib/api/request.ts";

const names = new SvelteMap<string, string>();
const wanted = new Set<string>();
const AT_ONCE = 100;

/** The name of a user; null until it is known, and where nobody has that id. */
export function userName(id: string | null): string | null {
  if (id === null) return null;
  if (!names.has(id)) want(id);
  return names.get(id) || null;
}

/** The name of a user; dots until it is known, the id where nobody has it. */
export function calledUser(id: string): string {
  const name = userName(id);
  return name ?? (names.has(id) ? id : "…");
}

function want(id: string): void {
  if (wanted.size === 0) queueMicrotask(() => void ask());
  wanted.add(id);
}

async function ask(): Promise<void> {
  const ids = [...wanted];
  wanted.clear();
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    await read(ids.slice(from, from + AT_ONCE)).catch(() => undefined);
  }
}

async function read(ids: string[]): Promise<void> {
  const answer = await request<{ items: { id: string; username: string }[] }>(
    "GET",
    "/api/users/names",
    { query: { ids: ids.join(",") } },
  );
  // Who is nobody is not asked about again.
  for (const id of ids) names.set(id, "");
  for (const { id, username } of answer.data.items) names.set(id, username);
}
