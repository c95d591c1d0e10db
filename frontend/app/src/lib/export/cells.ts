/** Records as the cells of a table in a file. */

import { at } from "#lib/contract/condition.ts";
import { STRUCTURED } from "#lib/contract/kinds.ts";
import type { Field } from "#lib/contract/types.ts";
import type { Column } from "#lib/list/columns.ts";
import type { Row } from "#lib/records/records.ts";

/** What a cell is: a text, a number as exact text, a day, a moment, or yes or no. */
export type Cell =
  | { kind: "text"; text: string }
  | { kind: "number"; text: string }
  | { kind: "day" | "moment"; text: string }
  | { kind: "boolean"; value: boolean }
  | null;

/** What records and choices are called. */
export interface Words {
  record(model: string, id: string): string;
}

const NUMBERS = new Set(["integer", "decimal", "money", "percent"]);

export function cellsOf(columns: Column[], row: Row, words: Words): Cell[] {
  return columns.map(({ path, field }) => cellOf(field, at(row, path), words));
}

function cellOf(field: Field, value: unknown, words: Words): Cell {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (NUMBERS.has(field.kind)) return { kind: "number", text };
  if (field.kind === "date") return { kind: "day", text };
  if (field.kind === "datetime") return { kind: "moment", text };
  if (field.kind === "boolean") return { kind: "boolean", value: value === true };
  return { kind: "text", text: textOf(field, value, words) };
}

function textOf(field: Field, value: unknown, words: Words): string {
  if (field.kind === "choice")
    return field.options?.find((option) => option.value === value)?.label ?? String(value);
  if (STRUCTURED.has(field.kind)) return JSON.stringify(value);
  const all = Array.isArray(value) ? value : [value];
  const target = field.relation?.model;
  return all
    .map((each) =>
      target === undefined ? String(each) : words.record(target, String(each)),
    )
    .join(", ");
}
