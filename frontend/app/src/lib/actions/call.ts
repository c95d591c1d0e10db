/** How an action is asked for: its path, and what goes with it. */

import { at, type Values } from "#lib/contract/condition.ts";
import type { Action, Field } from "#lib/contract/types.ts";
import type { Row } from "#lib/records/records.ts";

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
  const values: Values = {};
  for (const field of action.fields) {
    if (field.default !== null && field.default !== undefined)
      values[field.name] = field.default;
  }
  for (const [name, path] of Object.entries(action.fill ?? {})) {
    const field = action.fields.find((each) => each.name === name);
    const found = rows.map((row) => at(row, path)).filter((value) => value !== undefined);
    if (found.length > 0) values[name] = takesSeveral(field) ? found : found[0];
  }
  return values;
}

/** What is asked in the dialog: a record's id is known already. */
export function askedOf(action: Action): Field[] {
  return action.fields.filter((field) => field.name !== "id" || !isOfOne(action));
}

function takesSeveral(field: Field | undefined): boolean {
  return field === undefined || ["references", "tags", "json"].includes(field.kind);
}

function parametersOf(path: string): string[] {
  return [...path.matchAll(PARAMETER)].map((found) => found[1] ?? "");
}

function versionOf(action: Action, row: Row | undefined): Record<string, string> {
  const replaces = ["PATCH", "PUT", "DELETE"].includes(action.method);
  if (!replaces || row?.version === undefined) return {};
  return { "if-match": `"${row.version}"` };
}
