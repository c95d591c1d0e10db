/** How groups are asked for, and read. */

import type { Field, Measure, Model } from "#lib/contract/types.ts";
import type { Key } from "./dimension.ts";

export interface Group {
  /** One for each dimension. */
  keys: Key[];
  /** The currency of the amounts, as the records have it: a code, or an id. */
  currency: string | null;
  /** One for each measure: decimals as exact text. */
  values: (string | null)[];
}

export type Answered = Record<string, Key>;

/** `k0:date.month(),c:currency,m0:total.sum()`. */
export function groupSelect(
  by: string[],
  measures: Measure[],
  currency: string | null,
): string {
  return [
    ...by.map((key, n) => `k${n}:${key}`),
    ...(currency === null ? [] : [`c:${currency}`]),
    ...measures.map((measure, n) => `m${n}:${measure.field ?? ""}.${measure.fn}()`),
  ]
    .join(",")
    .replaceAll(":.", ":");
}

/** The field by which amounts must be grouped: those of several currencies do not add up. */
export function currencyField(model: Model, measures: Measure[]): string | null {
  const named = measures.map((measure) => fieldOf(model, measure)?.currency);
  return named.find((name) => name !== undefined) ?? null;
}

/** The field that is measured; undefined for a count. */
export function fieldOf(model: Model, measure: Measure): Field | undefined {
  return model.fields.find((field) => field.name === measure.field);
}

/** A group out of an answer that was asked for so. */
export function groupOf(item: Answered, keys: number, measures: number): Group {
  const value = (key: string) => item[key] ?? null;
  return {
    keys: Array.from({ length: keys }, (_, n) => value(`k${n}`)),
    currency: text(value("c")),
    values: Array.from({ length: measures }, (_, n) => text(value(`m${n}`))),
  };
}

function text(value: Key): string | null {
  return value === null ? null : String(value);
}
