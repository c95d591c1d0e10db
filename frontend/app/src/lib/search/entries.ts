/** What the menu of filters offers: those of the model, saved ones, and one's own. */

import type { Model } from "#lib/contract/types.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import type { ListState } from "#lib/list/query.ts";
import type { MenuEntry } from "#lib/ui/Menu.svelte";
import type { Saved } from "./saved.svelte.ts";

/** The dialogs that it opens. */
export type Asking = "filter" | "save" | "manage";

interface Offer {
  model: Model;
  state: ListState;
  saved: Saved[];
  toggle: (filter: string) => void;
  change: (changed: Partial<ListState>) => void;
  open: (dialog: Asking) => void;
}

export function entriesOf(offer: Offer): MenuEntry[] {
  return [...named(offer), ...saved(offer), ...own(offer), ...deleted(offer)];
}

function named({ model, state, toggle }: Offer): MenuEntry[] {
  const entries = model.views.search.filters.map(({ key, title }) => ({
    label: title,
    checked: state.filters.includes(key),
    run: () => toggle(key),
  }));
  return headed(t("filter.named"), entries);
}

function saved({ saved, change }: Offer): MenuEntry[] {
  const entries = saved.map(({ mine, name, query }) => ({
    label: mine ? name : `${name} (${t("filter.shared")})`,
    icon: "star",
    run: () => change({ text: "", where: [], filters: [], ...query }),
  }));
  return headed(t("filter.saved"), entries);
}

function own({ saved, open }: Offer): MenuEntry[] {
  const manage = { label: t("filter.manage"), icon: "settings", run: () => open("manage") };
  return [
    { label: t("filter.own"), icon: "filter", run: () => open("filter") },
    { label: t("filter.save"), icon: "star", run: () => open("save") },
    ...(saved.length === 0 ? [] : [manage]),
  ];
}

function deleted({ model, state, change }: Offer): MenuEntry[] {
  if (!model.can.restore) return [];
  const run = () => change({ deleted: !state.deleted });
  return [{ label: t("list.deleted"), checked: state.deleted, run }];
}

function headed(heading: string, [first, ...rest]: MenuEntry[]): MenuEntry[] {
  return first === undefined ? [] : [{ ...first, heading }, ...rest];
}
