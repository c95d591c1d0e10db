/** Records of any model, by its path in the contract. */

import { request, type Asked } from "#lib/api/request.ts";
import type { Values } from "#lib/contract/condition.ts";
import { filterText } from "#lib/contract/query.ts";
import type { Condition, Model } from "#lib/contract/types.ts";
import { caller } from "./caller.ts";

/** A record as the core shows it. */
export interface Row extends Values {
  id: string;
  version?: number;
}

export interface Page<T = Row> {
  items: T[];
  next_cursor: string | null;
  total?: number;
}

export interface Wanted {
  where?: Condition[];
  order?: string;
  select?: string;
  limit?: number;
  cursor?: string;
  count?: "exact" | "estimated";
  deleted?: "include" | "only";
  signal?: AbortSignal;
}

/** A page of a list. With functions in `select`, its items are groups: name their shape. */
export async function list<T = Row>(model: Model, wanted: Wanted = {}): Promise<Page<T>> {
  const query = new URLSearchParams();
  const where = filterText(wanted.where ?? [], caller());
  if (where !== null) query.set("and", where);
  for (const key of ["order", "select", "cursor", "count", "deleted"] as const) {
    const value = wanted[key];
    if (value !== undefined && value !== "") query.set(key, value);
  }
  if (wanted.limit !== undefined) query.set("limit", String(wanted.limit));
  const asked: Asked = { query };
  if (wanted.signal !== undefined) asked.signal = wanted.signal;
  return (await request<Page<T>>("GET", pathOf(model), asked)).data;
}

export async function get(model: Model, id: string): Promise<Row> {
  return (await request<Row>("GET", `${pathOf(model)}/${id}`)).data;
}

export async function create(model: Model, values: Values, key?: string): Promise<Row> {
  const headers: Record<string, string> =
    key === undefined ? {} : { "idempotency-key": key };
  return (await request<Row>("POST", pathOf(model), { body: values, headers })).data;
}

/** Changes the record that had `version`, or any version; a `Problem` with status 412 when it has another. */
export async function update(
  model: Model,
  id: string,
  version: number | undefined,
  values: Values,
): Promise<Row> {
  const asked = { body: values, headers: match(version) };
  return (await request<Row>("PATCH", `${pathOf(model)}/${id}`, asked)).data;
}

/** Deletes the record, softly. */
export async function remove(model: Model, id: string, version?: number): Promise<void> {
  await request("DELETE", `${pathOf(model)}/${id}`, { headers: match(version) });
}

/** Takes back a deletion. */
export async function restore(model: Model, id: string): Promise<Row> {
  return (await request<Row>("POST", `${pathOf(model)}/${id}/restore`)).data;
}

function match(version: number | undefined): Record<string, string> {
  return { "if-match": version === undefined ? "*" : `"${version}"` };
}

function pathOf(model: Model): string {
  if (model.path === null) throw new Error(`${model.key} has no path`);
  return model.path;
}
