/** What of a form is shown of a record, and where. */

import { at, holds, type Values } from "#lib/contract/condition.ts";
import type { Field, Model, Related, Slot } from "#lib/contract/types.ts";
import { caller } from "#lib/records/caller.ts";

export interface Group {
  title: string;
  fields: Field[];
}

export interface Tab {
  key: string;
  title: string;
  groups: Group[];
}

/** The tabs of the form of `model`, with what is shown of `record`. */
export function tabsOf(model: Model, record: Values, slots: Slot[]): Tab[] {
  const shown = model.views.form.tabs.filter((tab) => passes(tab.when, record));
  const tabs = shown.map(({ key, title, groups }) => ({
    key,
    title,
    groups: groups
      .filter((group) => passes(group.when, record))
      .map((group) => groupOf(model, group, record)),
  }));
  tabs[0]?.groups.push(...groupsOf(model, slots, record));
  return tabs
    .map((tab) => ({
      ...tab,
      groups: tab.groups.filter(({ fields }) => fields.length > 0),
    }))
    .filter((tab, n) => n === 0 || tab.groups.length > 0);
}

/** The fields that other modules add. */
export function groupsOf(model: Model, slots: Slot[], record: Values): Group[] {
  const groups = slots.map((slot) => groupOf(model, slot, record));
  return groups.filter(({ fields }) => fields.length > 0);
}

function groupOf(
  model: Model,
  told: { title: string; fields?: string[] },
  record: Values,
): Group {
  const fields = (told.fields ?? []).map((name) => fieldNamed(model, name));
  return {
    title: told.title,
    fields: fields.filter(
      (field): field is Field => field !== undefined && isShown(field, record),
    ),
  };
}

function fieldNamed(model: Model, name: string): Field | undefined {
  return model.fields.find((field) => field.name === name);
}

/** What nobody typed and nobody can is left out of a new record. */
function isShown(field: Field, record: Values): boolean {
  if (!passes(field.visible, record)) return false;
  const told = at(record, field.name) ?? null;
  return !(field.readonly || field.system) || told !== null || "id" in record;
}

/** The lists of other records that belong to it, those of other modules included. */
export function relatedOf(model: Model, record: Values, slots: Slot[]): Related[] {
  const own = model.related.filter((each) => passes(each.when, record));
  const others = slots.flatMap(({ module, key, title, related }) =>
    related === undefined ? [] : [{ key: `${module}.${key}`, title, ...related }],
  );
  return [...own, ...others];
}

function passes(condition: Field["visible"], record: Values): boolean {
  return condition === undefined || holds(condition, record, caller());
}
