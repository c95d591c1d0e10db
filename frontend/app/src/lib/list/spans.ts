/** What rows are grouped by: a field, or a span of time in which its date lies. */

import type { Condition, Value } from "#lib/contract/types.ts";

export type Span = "day" | "week" | "month" | "quarter" | "year";
export interface By {
  field: string;
  span: Span | null;
}

/** `date.month()` -> the field and the span; `state` -> the field alone. */
export function byOf(text: string): By {
  const found = /^(.+)\.(day|week|month|quarter|year)\(\)$/.exec(text);
  if (found === null) return { field: text, span: null };
  return { field: found[1] ?? text, span: found[2] as Span };
}

/** What must hold of the records of the group whose key is `value`. */
export function inGroup(by: By, value: unknown, instants: boolean): Condition[] {
  const field = by.field;
  if (value === null) return [{ field, op: "is", value: null }];
  if (by.span === null) return [{ field, op: "eq", value: value as Value }];
  const first = String(value).slice(0, 10);
  const text = (day: string) => (instants ? `${day}T00:00:00Z` : day);
  return [
    { field, op: "gte", value: text(first) },
    { field, op: "lt", value: text(after(first, by.span)) },
  ];
}

const DAYS = { day: 1, week: 7 } as const;
const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

/** The first day after a span. */
function after(first: string, span: Span): string {
  const day = new Date(`${first}T00:00:00Z`);
  if (span === "day" || span === "week") day.setUTCDate(day.getUTCDate() + DAYS[span]);
  else day.setUTCMonth(day.getUTCMonth() + MONTHS[span]);
  return day.toISOString().slice(0, 10);
}

/** A span as people say it: `March 2026`, `Q1 2026`. */
export function spanText(span: Span, first: string, locale: string): string {
  const day = new Date(`${first.slice(0, 10)}T00:00:00Z`);
  const write = (style: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC" }).format(day);
  switch (span) {
    case "year":
      return write({ year: "numeric" });
    case "quarter":
      return `Q${Math.floor(day.getUTCMonth() / 3) + 1} ${day.getUTCFullYear()}`;
    case "month":
      return write({ year: "numeric", month: "long" });
    default:
      return write({ dateStyle: "medium" });
  }
}
