/** Conditions, orders and selections as the query of a list: PostgREST's grammar. */

import { resolved, type Caller } from "./condition.ts";
import type { Condition } from "./types.ts";

/** `and=(...)` of a list for `conditions`, all of which must hold. */
export function filterText(conditions: Condition[], caller: Caller): string | null {
  if (conditions.length === 0) return null;
  return `(${conditions.map((each) => text(each, caller, false)).join(",")})`;
}

function text(condition: Condition, caller: Caller, negated: boolean): string {
  const not = negated ? "not." : "";
  if ("not" in condition) return text(condition.not, caller, !negated);
  if ("and" in condition) return `${not}and(${joined(condition.and, caller)})`;
  if ("or" in condition) return `${not}or(${joined(condition.or, caller)})`;
  const value = resolved(condition.value ?? null, caller);
  return `${condition.field}.${not}${condition.op}.${written(condition.op, value)}`;
}

function joined(conditions: Condition[], caller: Caller): string {
  return conditions.map((each) => text(each, caller, false)).join(",");
}

function written(op: string, value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => quoted(String(item))).join(",");
    return op === "in" ? `(${items})` : `{${items}}`;
  }
  // Compared with null, nothing is found; null itself cannot be written in a query.
  if (value === null && op !== "is") return quoted("");
  return op === "is" ? String(value) : quoted(String(value));
}

/** What the grammar would read as its own is put between quotes. */
function quoted(value: string): string {
  if (/^[^,()"{}\\]+$/.test(value)) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}
