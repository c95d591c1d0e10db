/** What a new record begins with. */

import type { Values } from "#lib/contract/condition.ts";
import type { Field, Model } from "#lib/contract/types.ts";
import { freshLine, linesOf } from "./lines.ts";

/** The fields' own defaults. */
export function defaultsOf(fields: Field[]): Values {
  const told = fields.filter((field) => field.default !== null && !field.system);
  return Object.fromEntries(told.map((field) => [field.name, field.default]));
}

/** What the address of the page says of a new record: `?company_id=...`. */
export function presetOf(
  model: Model,
  query: Pick<URLSearchParams, "get" | "has">,
): Values {
  const known = model.fields.filter(
    (field) => !field.readonly && !field.system && query.has(field.name),
  );
  return Object.fromEntries(
    known.map((field) => [field.name, typed(field, query.get(field.name) ?? "")]),
  );
}

function typed(field: Field, text: string): unknown {
  if (field.kind === "boolean") return text === "true";
  if (field.kind === "integer" && field.type !== "bigint") return Number(text);
  if (field.kind === "references" || field.kind === "tags") return text.split(",");
  return text;
}

/** What a copy of `record` begins with: all that somebody may write, lines included. */
export function copyOf(model: Model, record: Values): Values {
  const own = model.fields.filter((field) => !field.readonly && !field.system);
  const named = own.filter((field) => record[field.name] !== undefined);
  const copy: Values = Object.fromEntries(
    named.map((field) => [field.name, record[field.name]]),
  );
  for (const part of model.lines) {
    const lines = record[part.name];
    if (lines !== undefined)
      copy[part.name] = linesOf(lines).map((line) => pick(line, part.fields));
  }
  return copy;
}

function pick(line: Values, fields: string[]): Values {
  const told = fields.map((field) => [field, line[field] ?? null]);
  return { ...freshLine(), ...Object.fromEntries(told) };
}
