/** Dimensions, keys and measures in words. */

import { codeOf } from "#lib/fields/currency.ts";
import { textOf } from "#lib/fields/show.ts";
import { date } from "#lib/format/dates.ts";
import { money, number } from "#lib/format/numbers.ts";
import { i18n, t } from "#lib/i18n/i18n.svelte.ts";
import type { Measure, Model } from "#lib/contract/types.ts";
import { fieldOf } from "./select.ts";
import type { Dimension, Key, Span } from "./dimension.ts";

/** `Date, by month`. */
export function dimensionText({ field, span }: Dimension): string {
  if (span === null) return field.label;
  return t("views.graph.span", { field: field.label, span: t(`views.span.${span}`) });
}

export function keyText({ field, span }: Dimension, key: Key): string {
  if (key === null) return t("app.none");
  return span === null ? textOf(field, key) : spanText(String(key), span, i18n.locale);
}

/** `Mar 2026`, `Q1 2026`, `2026`: the span that begins on `day`. */
export function spanText(day: string, span: Span, locale: string): string {
  const first = new Date(`${day}T00:00:00Z`);
  const written = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(first);
  switch (span) {
    case "month":
      return written({ month: "short", year: "numeric" });
    case "quarter":
      return t("views.quarter", {
        quarter: Math.floor(first.getUTCMonth() / 3) + 1,
        year: first.getUTCFullYear(),
      });
    case "year":
      return written({ year: "numeric" });
    default:
      return date(day, locale);
  }
}

/** What a measure comes to, in its currency where it has one. */
export function measureText(
  model: Model,
  measure: Measure,
  value: string | number | null,
  code: string | null,
): string {
  if (value === null) return "–";
  const field = fieldOf(model, measure);
  if (field?.kind === "money") return money(value, i18n.locale, code);
  return number(value, i18n.locale, { max: Math.min(field?.scale ?? 4, 6) });
}

/** The ISO code of the currency that a group has. */
export function codeOfGroup(
  model: Model,
  measure: Measure,
  currency: string | null,
): string | null {
  const field = fieldOf(model, measure);
  if (field?.currency === undefined) return null;
  return codeOf(model, field, { [field.currency]: currency });
}
