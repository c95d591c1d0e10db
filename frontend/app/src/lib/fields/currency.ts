/** The currency of an amount: a code beside it, or a record that has one. */

import { contract } from "#lib/contract/contract.svelte.ts";
import { at, type Values } from "#lib/contract/condition.ts";
import type { Field, Model } from "#lib/contract/types.ts";
import { nameOf } from "#lib/records/names.svelte.ts";

/** The ISO code of the currency that `field` of `record` is in; null where none is said. */
export function codeOf(model: Model, field: Field, record: Values): string | null {
  if (field.currency === undefined) return null;
  const value = at(record, field.currency);
  if (typeof value !== "string") return null;
  const told = model.fields.find((each) => each.name === field.currency);
  const key = told?.relation?.model;
  return key === undefined ? value : shortName(key, value);
}

/** A currency's record is called by its code, or by that and its name: `EUR Euro`. */
function shortName(key: string, id: string): string | null {
  const name = contract.model(key) === undefined ? null : nameOf(key, id);
  return name?.match(/^[A-Z]{3}(?= |$)/)?.[0] ?? null;
}
