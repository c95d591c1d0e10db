/** How an action is asked for: its path, and what goes with it. */

import { at, type Values } from "#lib/contract/condition.ts";
import { STRUCTURED } from "#lib/contract/kinds.ts";
import type { Action, Field } from "#lib/contract/types.ts";
import type { Row } from "#lib/records/records.ts";
import { startOf } from "#lib/fields/nested.ts";

export interface Call {
  method: Action["method"];
  path: string;
  query: Record<string, string>;
  body: Values | undefined;
  headers: Record<string, string>;
}

const PARAMETER = /\{([a-z0-9_]+)(?::[a-z]+)?\}/g;

/** Whether the action is done with each record by itself. */
export function isOfOne(action: Action): boolean {
  return parametersOf(action.path).includes("id");
}

/** The call that does `action` with `row`, and what was written in its dialog. */
export function callOf(action: Action, row: Row | undefined, written: Values): Call {
  const named = parametersOf(action.path);
  const values: Values = { ...written, id: row?.id };
  const path = action.path.replace(PARAMETER, (_, name: string) =>
    encodeURIComponent(String(values[name] ?? "")),
  );
  const rest = Object.entries(written).filter(
    ([name, value]) => !named.includes(name) && value !== undefined,
  );
  const reads = action.method === "GET";
  return {
    method: action.method,
    path,
    query: reads
      ? Object.fromEntries(rest.map(([name, value]) => [name, String(value)]))
      : {},
    body: reads || rest.length === 0 ? undefined : Object.fromEntries(rest),
    headers: versionOf(action, row),
  };
}

/** What the dialog begins with: of one record its values, of several a list of them. */
export function begun(action: Action, rows: Row[]): Values {
  const values = startOf(action.fields);
  for (const [name, path] of fillOf(action)) {
    const field = action.fields.find((each) => each.name === name);
    const found = rows.map((row) => at(row, path)).filter((value) => value !== undefined);
    if (found.length > 0) values[name] = takesSeveral(field) ? found : found[0];
  }
  return values;
}

/** The fields of the dialog that start with what a field of the record has, and which. */
export function fillOf(action: Action): [string, string][] {
  return Object.entries(action.fill ?? {}).flatMap(([name, from]) =>
    typeof from === "string" ? [[name, from]] : [],
  );
}

/**
 * What is asked in the dialog: what in the path is filled is known already. What is filled with the lines
 * of a record is not asked where the same is said of `several`.
 */
export function askedOf(action: Action, several = false): Field[] {
  const filled = parametersOf(action.path).filter((name) => name in (action.fill ?? {}));
  const known = isOfOne(action) ? ["id", ...filled] : filled;
  const lines = Object.entries(action.fill ?? {}).filter(
    ([, from]) => several && typeof from !== "string",
  );
  const left = new Set([...known, ...lines.map(([name]) => name)]);
  return action.fields.filter((field) => !left.has(field.name));
}

function takesSeveral(field: Field | undefined): boolean {
  if (field === undefined || STRUCTURED.has(field.kind)) return true;
  return field.kind === "references" || field.kind === "tags";
}

function parametersOf(path: string): string[] {
  return [...path.matchAll(PARAMETER)].map((found) => found[1] ?? "");
}

function versionOf(action: Action, row: Row | undefined): Record<string, string> {
  const replaces = ["PATCH", "PUT", "DELETE"].includes(action.method);
  if (!replaces || row?.version === undefined) return {};
  return { "if-match": `"${row.version}"` };
}
