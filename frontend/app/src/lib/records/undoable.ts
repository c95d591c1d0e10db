/** Deletes records so that it can be taken back while the message about it is there. */

import type { Model } from "#lib/contract/types.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { remove, restore, type Row } from "./records.ts";

/** Deletes `rows`, one after the other; answers those that are gone. */
export async function removeUndoable(
  model: Model,
  rows: Row[],
  restored: () => void,
): Promise<Row[]> {
  const gone: Row[] = [];
  try {
    for (const row of rows) {
      await remove(model, row.id, row.version);
      gone.push(row);
    }
  } catch (error) {
    toasts.failed(error);
  }
  if (gone.length > 0) offer(model, gone, restored);
  return gone;
}

function offer(model: Model, gone: Row[], restored: () => void): void {
  const run = () => void back(model, gone, restored);
  const action = model.can.restore ? { label: t("app.undo"), run } : undefined;
  toasts.show(t("app.deleted", { count: gone.length }), { action });
}

async function back(model: Model, gone: Row[], restored: () => void): Promise<void> {
  try {
    for (const row of gone) await restore(model, row.id);
  } catch (error) {
    toasts.failed(error);
  }
  restored();
}
