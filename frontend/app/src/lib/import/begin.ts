/** How an import begins: anew, or where it was left. */

import type { Model } from "#lib/contract/types.ts";
import { keepAnew, keptBegun, keptFaults, type Begun } from "./kept.ts";
import type { Plan, Table } from "./plan.ts";
import { placeOf, Run } from "./run.svelte.ts";

/** What is kept of an earlier import of the same content. */
export function begunBefore(model: Model, table: Table): Promise<Begun | undefined> {
  return keptBegun(placeOf(model) + table.hash);
}

export async function anew(model: Model, table: Table, plan: Plan): Promise<Run> {
  const before = await begunBefore(model, table);
  const begun: Begun = {
    id: placeOf(model) + table.hash,
    name: table.name,
    total: table.rows.length,
    plan,
    run: before === undefined ? 0 : before.run + 1,
    next: 0,
    made: 0,
    changed: 0,
    sent: null,
    left: false,
  };
  await keepAnew(begun);
  return new Run(model, table, plan, begun);
}

export async function goingOn(model: Model, table: Table, begun: Begun): Promise<Run> {
  const again = { ...begun, left: false };
  return new Run(model, table, begun.plan, again, await keptFaults(begun.id));
}
