/** Does an action, and tells what came of it. */

import { request, send } from "#lib/api/request.ts";
import { contract } from "#lib/contract/contract.svelte.ts";
import type { Values } from "#lib/contract/condition.ts";
import type { Action, Model } from "#lib/contract/types.ts";
import type { Row } from "#lib/records/records.ts";
import { callOf, type Call } from "./call.ts";
import { fileName } from "#lib/api/files.ts";

/** What came of an action. */
export type Outcome =
  | { kind: "reload" }
  | { kind: "open"; model: Model; id: string }
  | { kind: "file"; blob: Blob; name: string; preview: boolean }
  | { kind: "show"; answer: unknown };

export async function run(
  action: Action,
  row: Row | undefined,
  written: Values,
): Promise<Outcome> {
  const call = callOf(action, row, written);
  if (action.result === "preview" || action.result === "download") {
    return fileOf(action, call);
  }
  const { data } = await request(call.method, call.path, call);
  if (action.result === "show") return { kind: "show", answer: data };
  return (action.result === "open" && opened(action, data)) || { kind: "reload" };
}

/** What would happen: the answer of a dry run. */
export interface Foreseen {
  writes: { model: string; id: string; action: string; before?: Values; after?: Values }[];
  events: { topic: string }[];
}

export async function wouldDo(
  action: Action,
  row: Row | undefined,
  written: Values,
): Promise<Foreseen> {
  const call = callOf(action, row, written);
  const headers = { ...call.headers, prefer: "tx=rollback" };
  const { data } = await request<Partial<Foreseen>>(call.method, call.path, {
    ...call,
    headers,
  });
  return { writes: data.writes ?? [], events: data.events ?? [] };
}

async function fileOf(action: Action, call: Call): Promise<Outcome> {
  const response = await send(call.method, call.path, call);
  const name = fileName(response.headers.get("content-disposition"), action.title);
  const preview = action.result === "preview";
  return { kind: "file", blob: await response.blob(), name, preview };
}

/** The record that the answer is, or names at the place that the action says. */
function opened(action: Action, data: unknown): Outcome | undefined {
  const model = contract.model(action.opens);
  const id = pointed(data, action.opens_at ?? "/id");
  return model !== undefined && typeof id === "string"
    ? { kind: "open", model, id }
    : undefined;
}

/** What stands at a JSON pointer. */
export function pointed(data: unknown, pointer: string): unknown {
  const keys = pointer.split("/").slice(1);
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Values)[key] : undefined,
    data,
  );
}
