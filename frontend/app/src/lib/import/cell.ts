/** What the text of a cell is as a value of a field. */

import type { Field } from "#lib/contract/types.ts";
import { ofLocalInput } from "#lib/format/dates.ts";
import type { Key } from "#lib/i18n/en.ts";
import type { Style } from "./plan.ts";

/** A text that is no value of its field; `key` says why. */
export class Unreadable extends Error {
  readonly key: Key;

  constructor(key: Key) {
    super(key);
    this.key = key;
  }
}

/** The record of a model that is called so; throws when there is not exactly one. */
export type FindRecord = (model: string, text: string) => string;

export function valueOf(
  field: Field,
  text: string,
  style: Style,
  find: FindRecord,
): unknown {
  switch (field.kind) {
    case "integer":
    case "decimal":
    case "money":
    case "percent":
      return numberOf(field, text.replace(/\s*%$/, ""), style);
    case "boolean":
      return truth(text);
    case "choice":
      return choice(field, text);
    case "date":
      return day(text, style);
    case "datetime":
      return moment(text, style);
    case "reference":
      return find(field.relation?.model ?? "", text);
    case "references":
      return several(text).map((each) => find(field.relation?.model ?? "", each));
    case "tags":
      return several(text);
    case "json":
    case "object":
    case "list":
      return json(text);
    default:
      return text;
  }
}

export function several(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}

const PLAIN = /^-?\d+(\.\d+)?$/;

function numberOf(field: Field, text: string, style: Style): string | number {
  const decimal = plainNumber(text, style);
  return field.kind === "integer" && field.type !== "bigint" ? Number(decimal) : decimal;
}

/** A number without the signs between its thousands, which stand where they belong or nowhere. */
function plainNumber(text: string, { decimal }: Style): string {
  const bare = text.replace(/[\s\u00a0\u202f'’]/g, "").replace("−", "-");
  const group = decimal === "," ? "." : ",";
  const [whole = "", ...part] = bare.split(decimal);
  const grouped = whole.includes(group);
  const rightly = /^-?\d{1,3}(\D\d{3})+$/.test(whole);
  const plain = [grouped && rightly ? whole.replaceAll(group, "") : whole, ...part];
  if (!PLAIN.test(plain.join(".")) || (grouped && !rightly))
    throw new Unreadable("import.fault.number");
  return plain.join(".");
}

const YES = ["true", "yes", "y", "1", "x", "oui", "o", "vrai"];
const NO = ["false", "no", "n", "0", "non", "faux"];

function truth(text: string): boolean {
  const word = text.toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  throw new Unreadable("import.fault.boolean");
}

function choice(field: Field, text: string): string {
  const word = text.toLowerCase();
  const found = field.options?.find(
    ({ value, label }) => value === text || label.toLowerCase() === word,
  );
  if (found === undefined) throw new Unreadable("import.fault.choice");
  return found.value;
}

function day(text: string, { days }: Style): string {
  const parts = text.split(/[-/.]/);
  const [first = "", second = "", third = ""] = parts;
  const written = days === "dmy" ? [third, second, first] : [third, first, second];
  const [year = "", ...rest] = /^\d{4}$/.test(first) ? parts : written;
  const iso = [year, ...rest.map((part) => part.padStart(2, "0"))].join("-");
  // A date that there is not, such as the 31st of April, comes out as another one.
  const real = /^\d{4}-\d\d-\d\d$/.test(iso) && dayOf(iso) === iso;
  if (!real) throw new Unreadable("import.fault.date");
  return iso;
}

function dayOf(iso: string): string | undefined {
  const time = Date.parse(`${iso}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10);
}

const ZONE = /(Z|[+-]\d\d:?\d\d)$/i;

/** `2026-03-01 10:30`, where the user is; with a zone, as it says. */
function moment(text: string, style: Style): string {
  const [date = "", time = "00:00"] = text.split(/[T\s]+/);
  const written = `${day(date, style)}T${time}`;
  if (Number.isNaN(Date.parse(written))) throw new Unreadable("import.fault.date");
  return ZONE.test(written) ? written : ofLocalInput(written);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Unreadable("import.fault.json");
  }
}
