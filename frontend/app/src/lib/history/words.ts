/** Names and values of fields as texts, also of fields that the contract does not know. */

import { worded } from "#lib/actions/words.ts";
import type { Model } from "#lib/contract/types.ts";
import { textOf } from "#lib/fields/show.ts";

export function labelOf(model: Model, name: string): string {
  return model.fields.find((field) => field.name === name)?.label ?? worded(name);
}

/** The text of a value; a dash for none. */
export function textAt(model: Model, name: string, value: unknown): string {
  const field = model.fields.find((each) => each.name === name);
  if (field !== undefined) return textOf(field, value) || "–";
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
