/** Rows of a file as calls of the API. */

import type { Values } from "#lib/contract/condition.ts";
import type { Model } from "#lib/contract/types.ts";
import type { Problem } from "#lib/api/problem.ts";
import type { Call } from "#lib/records/batch.ts";
import type { Key } from "#lib/i18n/en.ts";
import { Unreadable, valueOf, type FindRecord } from "./cell.ts";
import type { Fault, Line, Plan } from "./plan.ts";
import type { Found } from "./lookup.ts";

export type Say = (key: Key) => string;

/** A row that can be sent. */
export interface Filled {
  line: number;
  values: Values;
}

/** What a row says, field by field; a fault where that cannot be read. An empty cell says nothing. */
export function filled(
  model: Model,
  plan: Plan,
  { line, cells }: Line,
  find: FindRecord,
  say: Say,
): Filled | Fault {
  const values: Values = {};
  const wrong: string[] = [];
  for (const [n, name] of plan.fields.entries()) {
    const field = model.fields.find((each) => each.name === name);
    const text = bare(cells[n]);
    if (field === undefined || text === "") continue;
    try {
      values[field.name] = valueOf(field, text, plan.style, find);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      wrong.push(`${field.label}: ${say(error.key)} (${text})`);
    }
  }
  return wrong.length > 0 ? { line, message: wrong.join(" ") } : { line, values };
}

/** The text of a cell, without the sign that keeps it from being a formula in exports. */
function bare(cell = ""): string {
  return cell.trim().replace(/^'(?=[=+\-@])/, "");
}

/** Makes the record, or changes the one that has the same key. */
export function callOf(
  model: Model,
  plan: Plan,
  { line, values }: Filled,
  existing: Found,
  say: Say,
): Call | Fault {
  const key = plan.key === null ? undefined : values[plan.key];
  const id = key === undefined ? undefined : existing.get(String(key));
  if (id === null) return { line, message: say("import.fault.several") };
  if (id === undefined) return { method: "POST", path: model.path ?? "", body: values };
  const headers = { "If-Match": "*" };
  return { method: "PATCH", path: `${model.path}/${id}`, body: values, headers };
}

/** What the daemon says of a row, with the names that people know its fields by. */
export function told(model: Model, problem: Problem): string {
  const fields = Object.entries(problem.fields).map(([pointer, message]) => {
    const field = model.fields.find((each) => each.name === pointer.split("/")[0]);
    return field === undefined ? message : `${field.label}: ${message}`;
  });
  return fields.length > 0 ? fields.join(" ") : problem.message;
}
