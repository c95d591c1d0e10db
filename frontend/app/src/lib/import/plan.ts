/** What is to be imported, and as what. */

import type { Field, Kind, Model } from "#lib/contract/types.ts";

/** A table of a file. */
export interface Table {
  /** The file's name, and that of its sheet where it has several. */
  name: string;
  /** The same for the same content. */
  hash: string;
  columns: string[];
  rows: Line[];
  /** How numbers and days are most likely written in it. */
  style: Style;
}

export interface Line {
  /** Where it stands in the file; the first is 1. */
  line: number;
  cells: string[];
}

export interface Style {
  decimal: "." | ",";
  /** Which comes first in 3/4/2026. */
  days: "dmy" | "mdy";
}

export interface Plan {
  /** The field that each column fills; null for those that are left out. */
  fields: (string | null)[];
  /** Records that have the same value in this field are changed, not made again. */
  key: string | null;
  style: Style;
}

/** Why a row was not imported. */
export interface Fault {
  line: number;
  message: string;
}

/** The fields that a file may fill. */
export function fillable(model: Model): Field[] {
  return model.fields.filter(
    (field) => !field.readonly && !field.system && field.kind !== "bytes",
  );
}

const KEYS = new Set<Kind>(["text", "email", "phone", "url", "integer", "uuid"]);

/** The fields by which records may be found again. */
export function keys(fields: Field[]): Field[] {
  return fields.filter((field) => field.filterable && KEYS.has(field.kind));
}

/** The field for each column that is called like it, each once. */
export function guessed(columns: string[], fields: Field[]): (string | null)[] {
  const left = [...fields];
  return columns.map((column) => {
    const found = left.findIndex((field) => isCalled(field, column));
    return left.splice(found, found < 0 ? 0 : 1)[0]?.name ?? null;
  });
}

function isCalled(field: Field, column: string): boolean {
  const names = [field.name, field.label, field.name.replace(/_id$/, "")];
  return names.map(bare).includes(bare(column));
}

/** Without capitals, accents and signs: `E-Mail` is `email`. */
function bare(text: string): string {
  return text
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The fields that every new record needs and no column fills. */
export function lacking(fields: Field[], plan: Plan): Field[] {
  return fields.filter((field) => field.required && !plan.fields.includes(field.name));
}

/** The rows in which the value of the key field stood before, in another row. */
export function repeated(table: Table, plan: Plan): Set<Line> {
  const column = plan.key === null ? -1 : plan.fields.indexOf(plan.key);
  const seen = new Set<string>();
  return new Set(
    table.rows.filter(({ cells }) => {
      const text = cells[column]?.trim() ?? "";
      return text !== "" && seen.size === seen.add(text).size;
    }),
  );
}
