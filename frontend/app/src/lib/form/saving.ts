/** How a record is saved: what is sent, and where to. */

import { holds, type Values } from "#lib/contract/condition.ts";
import type { Model } from "#lib/contract/types.ts";
import { caller } from "#lib/records/caller.ts";
import type { Row } from "#lib/records/records.ts";
import type { Target } from "./foreseen.ts";

/** Where `body` is sent to: to what makes a record, or to the one that there is. */
export function targetOf(
  model: Model,
  id: string | null,
  version: number | undefined,
  body: Values,
): Target {
  const path = model.path ?? "";
  if (id === null) return { method: "POST", path, headers: {}, body };
  const headers = { "if-match": `"${version ?? ""}"` };
  return { method: "PATCH", path: `${path}/${id}`, headers, body };
}

/** Whether this caller may change the record, or make it, as it is now. */
export function isOpen(model: Model, id: string | null, record: Row | null): boolean {
  if (record === null) return id === null && model.can.create;
  const closed = model.views.form.readonly;
  return model.can.update && !(closed && holds(closed, record, caller()));
}
