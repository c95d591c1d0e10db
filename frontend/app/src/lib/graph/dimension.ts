/** What groups have in common: a field, or the span of time that its value lies in. */

import type { Condition, Field, Model } from "#lib/contract/types.ts";

export type Span = "day" | "week" | "month" | "quarter" | "year";

export interface Dimension {
  /** As the contract has it: `state`, or `date.month()`. */
  by: string;
  field: Field;
  span: Span | null;
}

/** A value that a group has in common; null for those that have none. */
export type Key = string | number | boolean | null;

const SPANNED = /^(\w+)\.(day|week|month|quarter|year)\(\)$/;

/** The dimension that `by` names; undefined where the caller sees no such field. */
export function dimensionOf(model: Model, by: string): Dimension | undefined {
  const [, name = by, span = null] = SPANNED.exec(by) ?? [];
  const field = model.fields.find((each) => each.name === name);
  return field === undefined ? undefined : { by, field, span: span as Span | null };
}

/** What holds of the records of a group. */
export function conditionOf({ field, span }: Dimension, key: Key): Condition {
  const name = field.name;
  if (key === null) return { field: name, op: "is", value: null };
  if (typeof key === "boolean") return { field: name, op: "is", value: key };
  if (span === null) return { field: name, op: "eq", value: key };
  const bound = (day: string) => (field.kind === "datetime" ? `${day}T00:00:00Z` : day);
  return {
    and: [
      { field: name, op: "gte", value: bound(String(key)) },
      { field: name, op: "lt", value: bound(after(String(key), span)) },
    ],
  };
}

const DAYS: Partial<Record<Span, number>> = { day: 1, week: 7 };
const MONTHS: Partial<Record<Span, number>> = { month: 1, quarter: 3, year: 12 };

/** The first day of the span after the one that begins on `day`. */
export function after(day: string, span: Span): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + (MONTHS[span] ?? 0));
  date.setUTCDate(date.getUTCDate() + (DAYS[span] ?? 0));
  return date.toISOString().slice(0, 10);
}

const SPANS_MAX = 400;

/** The keys in their order: spans without a gap, options as the contract has them. */
export function ordered({ field, span }: Dimension, keys: Key[]): Key[] {
  const some = keys.filter((key) => key !== null);
  const none = some.length < keys.length ? [null] : [];
  if (span !== null) return [...withoutGaps(some.map(String), span), ...none];
  const places = new Map((field.options ?? []).map((option, n) => [option.value, n]));
  const place = (key: Key) => places.get(String(key)) ?? places.size;
  return [...some.sort((a, b) => place(a) - place(b)), ...none];
}

function withoutGaps(days: string[], span: Span): string[] {
  const sorted = [...days].sort();
  const last = sorted.at(-1);
  const all: string[] = [];
  for (let day = sorted[0]; day !== undefined && last !== undefined && day <= last;) {
    all.push(day);
    // Somebody wrote a year that is far off: better gaps than a page of nothing.
    if (all.length > SPANS_MAX) return sorted;
    day = after(day, span);
  }
  return all;
}

/** The colour of a key, where its option has one. */
export function colourOf({ field }: Dimension, key: Key): string | null {
  return field.options?.find((option) => option.value === key)?.colour ?? null;
}
