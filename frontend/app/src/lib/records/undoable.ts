/** Deletes records so that it can be taken back while the message about it is there. */

import type { Model } from "#lib/contract/types.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { each, type Outcome } from "./batch.ts";
import type { Row } from "./records.ts";

/** Deletes `rows`; answers those that are gone. */
export async function removeUndoable(
  model: Model,
  rows: Row[],
  restored: () => void,
): Promise<Row[]> {
  const gone = await tried(
    each(rows, ({ id, version }) => ({
      method: "DELETE",
      path: `${model.path}/${id}`,
      headers: { "If-Match": version === undefined ? "*" : `"${version}"` },
    })),
  );
  if (gone.length > 0) offer(model, gone, restored);
  return gone;
}

/** Takes the deletion of `rows` back; answers those that are there again. */
export function restoreAll(model: Model, rows: Row[]): Promise<Row[]> {
  return tried(
    each(rows, ({ id }) => ({ method: "POST", path: `${model.path}/${id}/restore` })),
  );
}

/** What was done; what was refused is said. */
async function tried(work: Promise<Outcome<Row>>): Promise<Row[]> {
  try {
    const { done, refused } = await work;
    if (refused[0] !== undefined) toasts.failed(refused[0].problem);
    return done;
  } catch (error) {
    toasts.failed(error);
    return [];
  }
}

function offer(model: Model, gone: Row[], restored: () => void): void {
  const run = () => void restoreAll(model, gone).then(restored);
  const action = model.can.restore ? { label: t("app.undo"), run } : undefined;
  toasts.show(t("app.deleted", { count: gone.length }), { action });
}
