/** What a change did to a record, field by field. */

import type { Values } from "#lib/contract/condition.ts";
import type { Model } from "#lib/contract/types.ts";
import { same } from "#lib/form/same.ts";

export interface Pair {
  name: string;
  before: unknown;
  after: unknown;
}

/** The fields that differ; of the core's own only people know none. */
export function pairs(model: Model, before: Values | null, after: Values | null): Pair[] {
  const system = new Set(
    model.fields.filter((field) => field.system).map(({ name }) => name),
  );
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names]
    .filter((name) => !system.has(name))
    .map((name) => ({ name, before: before?.[name], after: after?.[name] }))
    .filter((pair) => !same(pair.before, pair.after));
}
