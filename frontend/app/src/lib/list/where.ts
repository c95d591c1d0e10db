/** All that must hold of a record for it to be in a list. */

import type { Condition, Model } from "#lib/contract/types.ts";
import { quickly } from "#lib/fields/quickly.ts";
import { named, type ListState } from "./query.ts";

export function whereOf(model: Model, state: ListState): Condition[] {
  const text = state.text.trim() === "" ? [] : [quickly(model, state.text)];
  return [...named(model, state.filters), ...state.where, ...text];
}
