/** What a new record begins with, by the address: a copy of another, and single values. */

import type { Values } from "#lib/contract/condition.ts";
import type { Model } from "#lib/contract/types.ts";
import { get } from "#lib/records/records.ts";
import { copyOf, presetOf } from "./preset.ts";

export async function presetFor(
  model: Model,
  query: Pick<URLSearchParams, "get" | "has">,
): Promise<Values> {
  const copied = query.get("copy");
  const copy = copied === null ? {} : copyOf(model, await get(model, copied));
  return { ...copy, ...presetOf(model, query) };
}
