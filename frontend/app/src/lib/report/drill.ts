/** What a row of a report hands on to where it leads. */

import { at, type Values } from "#lib/contract/condition.ts";
import type { Condition } from "#lib/contract/types.ts";

/** The parameters of the other report: columns of the row, or `?date`, one of this report. */
export function handedOn(
  wanted: Record<string, string>,
  row: Values,
  asked: Record<string, string>,
): Record<string, string> {
  const told = Object.entries(wanted).map(([name, from]) => [
    name,
    from.startsWith("?") ? asked[from.slice(1)] : at(row, from),
  ]);
  return Object.fromEntries(
    told.flatMap(([name, value]) => (isSome(value) ? [[name, String(value)]] : [])),
  ) as Record<string, string>;
}

function isSome(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** What holds of the records behind a row. */
export function conditions(where: Record<string, string>, row: Values): Condition[] {
  return Object.entries(where).map(([field, column]) => {
    const value = at(row, column);
    const plain = typeof value === "string" || typeof value === "number";
    return plain ? { field, op: "eq", value } : { field, op: "is", value: null };
  });
}
