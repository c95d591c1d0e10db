/** Fields of a dialog that consist of others: objects, and lists of them. */

import { sum } from "#lib/format/numbers.ts";
import type { Values } from "#lib/contract/condition.ts";
import type { Field, Filled } from "#lib/contract/types.ts";
import type { Faults } from "./faults.ts";
import { linesOf } from "#lib/form/lines.ts";

/** What a list is filled with, where it is filled from the lines of a record. */
export interface Filling {
  fill: Filled;
  /** The lines; they are read where the record is but a row of a list. */
  lines: () => Promise<Values[]>;
}

/** By the fields that are filled so. */
export type Fillings = Record<string, Filling>;

/** Whether it may be left out: then nobody is asked before they want to say something. */
export function isOptional(field: Field): boolean {
  return !field.required && (field.default ?? null) === null;
}

/** What fields start with, where nothing is said. */
export function startOf(fields: Field[]): Values {
  const starts = fields.map((field) => [field.name, field.default ?? emptyOf(field)]);
  return Object.fromEntries(starts.filter(([, value]) => value !== undefined));
}

function emptyOf(field: Field): unknown {
  if (field.fields === undefined || isOptional(field)) return undefined;
  return field.kind === "list" ? [] : startOf(field.fields);
}

/** The values with another one; what is emptied is not said. */
export function withField(values: Values, name: string, value: unknown): Values {
  return { ...values, [name]: value ?? undefined };
}

/** An object for each line of which something is left. */
export function objectsOf({ fields }: Filled, lines: Values[]): Values[] {
  return lines.flatMap((line) => {
    const values = Object.entries(fields).map(([name, from]) => [name, taken(line, from)]);
    const nothing = values.some(([, value]) => value === null);
    return nothing ? [] : [Object.fromEntries(values) as Values];
  });
}

/** What a line has in a field; null where one field has no more than another. */
function taken(line: Values, from: Filled["fields"][string]): unknown {
  if (typeof from === "string") return line[from] ?? undefined;
  const less = String(line[from.less] ?? "0");
  const left = sum([
    String(line[from.field] ?? "0"),
    less.startsWith("-") ? less.slice(1) : `-${less}`,
  ]);
  return /[1-9]/.test(left) ? left : null;
}

/** The field of a list in which it is said which line an object is of. */
export function idField({ fields }: Filled): string | undefined {
  return Object.keys(fields).find((name) => fields[name] === "id");
}

/** Faults within a field, by their paths there; those of the field itself have none. */
export function within(faults: Faults, name: string): Faults {
  const inner = Object.entries(faults).filter(
    ([path]) => path === name || path.startsWith(`${name}.`),
  );
  return Object.fromEntries(
    inner.map(([path, message]) => [path.slice(name.length + 1), message]),
  );
}

/** Whether what is wrong at `path` is told where somebody can mend it. */
export function isTold(fields: Field[], values: Values, path: string): boolean {
  const [name = "", ...rest] = path.split(".");
  const field = fields.find((each) => each.name === name);
  if (field === undefined || rest.length === 0) return field !== undefined;
  const value = values[name];
  if (field.kind === "list") return linesOf(value)[Number(rest[0])] !== undefined;
  const inner = typeof value === "object" && value !== null ? (value as Values) : {};
  return value !== undefined && isTold(field.fields ?? [], inner, rest.join("."));
}
