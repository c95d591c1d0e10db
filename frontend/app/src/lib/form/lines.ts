/** Lines of a document, such as those of an order: edited in place, and sent with it. */

import type { Values } from "#lib/contract/condition.ts";
import type { Field, Lines } from "#lib/contract/types.ts";
import { newKey } from "#lib/api/key.ts";
import { sum } from "#lib/format/numbers.ts";
import { same } from "./same.ts";

/** Where a line that has no id yet keeps its key; it is never sent. */
const KEY = "#";

/** A line that is not stored yet. */
export function freshLine(): Values {
  return { [KEY]: newKey() };
}

/** What tells a line from the others, wherever it is moved. */
export function keyOf(line: Values): string {
  return String(line["id"] ?? line[KEY] ?? "");
}

/** Lines as they come from the daemon or from an edit. */
export function linesOf(value: unknown): Values[] {
  return Array.isArray(value) ? (value as Values[]) : [];
}

/** The columns in which some line has something; all of them while there are no lines. */
export function telling(columns: Field[], lines: Values[]): Field[] {
  const empty = (value: unknown): boolean => same(value, null) || same(value, []);
  return columns.filter(
    ({ name }) => lines.length === 0 || lines.some((line) => !empty(line[name])),
  );
}

/** The lines with the one at `from` moved to `to`, as far as there is such a place. */
export function moved(lines: Values[], from: number, to: number): Values[] {
  const rest = lines.filter((_, place) => place !== from);
  const line = lines[from];
  if (line === undefined || to < 0 || to >= lines.length) return lines;
  return [...rest.slice(0, to), line, ...rest.slice(to)];
}

/** The lines with another value in one of them. */
export function withValue(
  lines: Values[],
  place: number,
  field: string,
  value: unknown,
): Values[] {
  return lines.map((line, n) => (n === place ? { ...line, [field]: value } : line));
}

/** What is sent of lines: an id and what was changed, or all of what is new. */
export function bodyOfLines(value: unknown, before: unknown, part: Lines): Values[] {
  const known = new Map(linesOf(before).map((line) => [line["id"], line]));
  return linesOf(value).map((line) => bodyOfLine(line, known.get(line["id"]), part.fields));
}

function bodyOfLine(line: Values, before: Values | undefined, fields: string[]): Values {
  const told = fields.filter((field) =>
    before === undefined ? line[field] !== undefined : !same(line[field], before[field]),
  );
  const body = Object.fromEntries(told.map((field) => [field, line[field]]));
  return before === undefined ? body : { id: line["id"], ...body };
}

/** How values at `path` are compared: of lines counts what may be written, and their order. */
export function comparable(path: string, parts: Lines[]): (value: unknown) => unknown {
  const part = parts.find((each) => each.name === path);
  if (part === undefined) return (value) => value;
  return (value) => linesOf(value).map((line) => picked(line, part.fields));
}

function picked(line: Values, fields: string[]): unknown[] {
  return [keyOf(line), ...fields.map((field) => line[field] ?? null)];
}

/** The exact sum of a column; null where one of its values is no number. */
export function total(lines: Values[], field: string): string | null {
  const values = lines.map((line) => String(line[field] ?? "0"));
  return values.every((value) => /^-?\d+(\.\d+)?$/.test(value)) ? sum(values) : null;
}
