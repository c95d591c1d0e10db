/** What a form consists of for one record, and where its faults are. */

import type { Values } from "#lib/contract/condition.ts";
import type { Model, Related, Slot } from "#lib/contract/types.ts";
import type { TabEntry } from "#lib/ui/Tabs.svelte";
import { isFaulty, type Faults } from "#lib/fields/faults.ts";
import { relatedOf, tabsOf, type Tab } from "./layout.ts";
import { linesOf } from "./lines.ts";
import { listable } from "./related.ts";

export interface Sheet {
  tabs: Tab[];
  related: (Related & { target: Model })[];
  entries: TabEntry[];
  /** The places that have an input, by the tab that they are on, in their order. */
  places: { tab: string; path: string }[];
}

export function sheetOf(
  model: Model,
  record: Values,
  slots: Slot[],
  faults: Faults,
): Sheet {
  const tabs = tabsOf(model, record, slots);
  const related = "id" in record ? listableOf(model, record, slots) : [];
  const places = placesOf(model, record, tabs);
  const faulty = new Set(
    places.filter(({ path }) => isFaulty(faults, path)).map(({ tab }) => tab),
  );
  const entries = [...tabs, ...related].map(({ key, title }) => ({
    key,
    title,
    faulty: faulty.has(key),
  }));
  return { tabs, related, entries, places };
}

function listableOf(model: Model, record: Values, slots: Slot[]): Sheet["related"] {
  return relatedOf(model, record, slots).flatMap((each) => {
    const target = listable(each.model);
    return target === undefined ? [] : [{ ...each, target }];
  });
}

function placesOf(model: Model, record: Values, tabs: Tab[]): Sheet["places"] {
  const fields = tabs.flatMap(({ key, groups }) =>
    groups.flatMap((group) => group.fields.map(({ name }) => ({ tab: key, path: name }))),
  );
  const first = tabs[0]?.key ?? "";
  const lines = model.lines.flatMap((part) => [
    { tab: first, path: part.name },
    ...linesOf(record[part.name]).flatMap((_, n) => [
      { tab: first, path: `${part.name}.${n}` },
      ...part.columns.map((column) => ({
        tab: first,
        path: `${part.name}.${n}.${column}`,
      })),
    ]),
  ]);
  return [...fields, ...lines];
}
