/** What can be done with any record, in the menu of its form. */

import { goto } from "$app/navigation";
import { pathOf, recordPath } from "#lib/contract/contract.svelte.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { removeUndoable } from "#lib/records/undoable.ts";
import type { MenuEntry } from "#lib/ui/Menu.svelte";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import type { Editing } from "./editing.svelte.ts";

export function recordMenu(editing: Editing): MenuEntry[] {
  const { model, id, gone } = editing;
  if (id === null) return [];
  const copy = `${pathOf(model)}/new?copy=${id}`;
  const entries: (MenuEntry | false)[] = [
    model.can.create && {
      label: t("form.duplicate"),
      icon: "layers",
      run: () => void goto(copy),
    },
    // Without HTTPS there is no clipboard.
    "clipboard" in navigator && {
      label: t("form.copyLink"),
      icon: "hash",
      run: () => void copyLink(),
    },
    model.can.delete &&
      !gone && {
        label: t("app.delete"),
        icon: "trash",
        danger: true,
        run: () => void remove(editing),
      },
  ];
  return entries.filter((entry) => entry !== false);
}

async function copyLink(): Promise<void> {
  await navigator.clipboard.writeText(location.href);
  toasts.show(t("form.copied"));
}

async function remove(editing: Editing): Promise<void> {
  const { model, record } = editing;
  if (record === null) return;
  editing.discard();
  const back = () => void goto(recordPath(model, record.id));
  const gone = await removeUndoable(model, [record], back);
  if (gone.length > 0) await goto(pathOf(model));
}
