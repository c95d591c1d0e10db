/** A value as text, by what kind of field it is of. */

import { date, datetime } from "#lib/format/dates.ts";
import { money, number } from "#lib/format/numbers.ts";
import { i18n, t } from "#lib/i18n/i18n.svelte.ts";
import type { Field } from "#lib/contract/types.ts";
import { nameOf } from "#lib/records/names.svelte.ts";
import { calledUser } from "#lib/records/users.svelte.ts";

/** What a value is written by: of a field, or of a column of a report. */
export type Writing = Pick<Field, "kind" | "options" | "scale" | "relation" | "widget">;

/** The text for `value`; nothing for none. `code` is the currency of an amount. */
export function textOf(field: Writing, value: unknown, code: string | null = null): string {
  if (value === null || value === undefined || value === "") return "";
  const text = String(value);
  if (field.kind === "uuid" && field.widget === "user") return calledUser(text);
  switch (field.kind) {
    case "boolean":
      return value === true ? t("app.yes") : t("app.no");
    case "choice":
      return field.options?.find((option) => option.value === value)?.label ?? text;
    case "money":
      return money(text, i18n.locale, code);
    case "integer":
    case "decimal":
      return number(text, i18n.locale, { max: field.scale ?? 6 });
    case "percent":
      return `${number(text, i18n.locale, { max: field.scale ?? 4 })} %`;
    case "date":
      return date(text, i18n.locale);
    case "datetime":
      return datetime(text, i18n.locale);
    case "reference":
      return nameOf(field.relation?.model ?? "", text) ?? "…";
    case "references":
    case "tags":
      return several(field, value);
    case "json":
      return JSON.stringify(value);
    default:
      return text;
  }
}

function several(field: Writing, value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  const model = field.relation?.model;
  const names =
    model === undefined ? value : value.map((id) => nameOf(model, String(id)) ?? "…");
  return names.join(", ");
}

const NUMERIC = new Set(["integer", "decimal", "money", "percent"]);

/** Whether values of this kind stand at the right. */
export function isNumeric(field: Writing): boolean {
  return NUMERIC.has(field.kind);
}
