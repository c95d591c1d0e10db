/** Which actions are offered. */

import { holds } from "#lib/contract/condition.ts";
import type { Action } from "#lib/contract/types.ts";
import { caller } from "#lib/records/caller.ts";
import type { Row } from "#lib/records/records.ts";

export type Placement = Action["placement"][number];

/** Those of `actions` that stand at `placement` and can be done with some of `rows`. */
export function offered(actions: Action[], placement: Placement, rows: Row[]): Action[] {
  return actions.filter(
    (action) =>
      standsAt(action, placement) &&
      (placement === "list" || fitting(action, rows).length > 0),
  );
}

/** What can be done with many records can be done with one. */
function standsAt({ placement }: Action, at: Placement): boolean {
  return placement.includes(at) || (at === "row" && placement.includes("bulk"));
}

/** The records of which the action's condition holds. */
export function fitting(action: Action, rows: Row[]): Row[] {
  const { when } = action;
  return when === undefined ? rows : rows.filter((row) => holds(when, row, caller()));
}
