/** What referenced records are called, asked for together and remembered. */

import { SvelteMap } from "svelte/reactivity";
import { contract } from "#lib/contract/contract.svelte.ts";
import { at } from "#lib/contract/condition.ts";
import { called, fieldsOf, selection } from "#lib/contract/display.ts";
import type { Field, Model } from "#lib/contract/types.ts";
import { list, type Row } from "./records.ts";

const names = new SvelteMap<string, string>();
const wanted = new Map<string, Set<string>>();
const AT_ONCE = 100;

/** The name of a record; null until it is known, its id where it cannot be found. */
export function nameOf(model: string, id: string): string | null {
  const known = names.get(`${model}/${id}`);
  if (known === undefined) want(model, id);
  return known ?? null;
}

/** Notes what a record is called that was read anyway, if it was read with all of that. */
export function learn(model: Model, row: Row): void {
  if (fieldsOf(model.display).every((path) => at(row, path) !== undefined))
    note(model, row);
}

function note(model: Model, row: Row): void {
  names.set(`${model.key}/${row.id}`, called(model.display, row) || row.id);
}

/** Asks at once for what all records that `rows` refer to are called. */
export function learnAbout(fields: Field[], rows: Row[]): void {
  for (const { name, relation } of fields) {
    if (relation === undefined) continue;
    const told = rows.flatMap((row) => at(row, name) ?? []);
    for (const id of new Set(told)) nameOf(relation.model, String(id));
  }
}

/** What records are called, once it is known. */
export async function namesOf(key: string, ids: string[]): Promise<Map<string, string>> {
  const missing = ids.filter((id) => !names.has(`${key}/${id}`));
  for (let from = 0; from < missing.length; from += AT_ONCE) {
    await read(key, contract.model(key), missing.slice(from, from + AT_ONCE));
  }
  return new Map(ids.map((id) => [id, names.get(`${key}/${id}`) ?? id]));
}

/** Forgets what is remembered of a record that was changed. */
export function unlearn(model: string, id: string): void {
  names.delete(`${model}/${id}`);
}

function want(model: string, id: string): void {
  if (wanted.size === 0) queueMicrotask(ask);
  wanted.set(model, (wanted.get(model) ?? new Set()).add(id));
}

function ask(): void {
  for (const [key, ids] of wanted) {
    const model = contract.model(key);
    const all = [...ids];
    for (let from = 0; from < all.length; from += AT_ONCE) {
      void read(key, model, all.slice(from, from + AT_ONCE));
    }
  }
  wanted.clear();
}

async function read(key: string, model: Model | undefined, ids: string[]): Promise<void> {
  // What cannot be read, by a link that somebody wrote, is called by its id.
  const asked = model === undefined || !model.can.list ? [] : rowsOf(model, ids);
  const found = await Promise.resolve(asked).catch(() => []);
  const missing = new Set(ids);
  for (const row of found) {
    missing.delete(row.id);
    if (model !== undefined) note(model, row);
  }
  for (const id of missing) names.set(`${key}/${id}`, id);
}

async function rowsOf(model: Model, ids: string[]): Promise<Row[]> {
  const where = [{ field: "id", op: "in" as const, value: ids }];
  const select = selection(["id", ...fieldsOf(model.display)]);
  const page = await list(model, { where, select, limit: ids.length, deleted: "include" });
  return page.items;
}
