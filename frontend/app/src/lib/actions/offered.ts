/** Which actions are offered, and what has to be known of records to tell. */

import { holds } from "#lib/contract/condition.ts";
import type { Action, Condition, Model } from "#lib/contract/types.ts";
import { caller } from "#lib/records/caller.ts";
import type { Row } from "#lib/records/records.ts";

export type Placement = Action["placement"][number];

/** Those of `actions` that stand at `placement` and can be done with some of `rows`. */
export function offered(actions: Action[], placement: Placement, rows: Row[]): Action[] {
  return actions.filter(
    (action) =>
      action.placement.includes(placement) &&
      (placement === "list" || fitting(action, rows).length > 0),
  );
}

/** The records of which the action's condition holds. */
export function fitting(action: Action, rows: Row[]): Row[] {
  const { when } = action;
  return when === undefined ? rows : rows.filter((row) => holds(when, row, caller()));
}

/** The fields that lists have to select, so that it is known which actions fit their rows. */
export function fieldsOfActions(model: Model, placement: Placement): string[] {
  const placed = model.actions.filter((action) => action.placement.includes(placement));
  const told = placed.flatMap(({ when, fill }) => [
    ...(when === undefined ? [] : fieldsIn(when)),
    ...Object.values(fill ?? {}),
  ]);
  return [...new Set(told)];
}

function fieldsIn(condition: Condition): string[] {
  if ("and" in condition) return condition.and.flatMap(fieldsIn);
  if ("or" in condition) return condition.or.flatMap(fieldsIn);
  if ("not" in condition) return fieldsIn(condition.not);
  return [condition.field];
}
