/** What is read of related records, so that their list can be shown. */

import { contract, fieldAt } from "#lib/contract/contract.svelte.ts";
import { fieldsOf, selection } from "#lib/contract/display.ts";
import type { Field, Model } from "#lib/contract/types.ts";

/** The columns of a short list of `model`, without the one that all have in common. */
export function columnsOf(model: Model, common: string, most: number): Field[] {
  const relation = common.replace(/_id$/, "");
  return model.views.list.columns
    .filter((path) => path !== common && path.split(".")[0] !== relation)
    .map((path) => fieldAt(model, path))
    .filter((field): field is Field => field !== undefined)
    .slice(0, most);
}

/** What to select so that they can be shown, and the actions that hold of them known. */
export function selectFor(model: Model, columns: Field[]): string {
  const currencies = columns.flatMap((column) => column.currency ?? []);
  const named = columns.map((column) => column.name);
  const known = model.fields.some((field) => field.name === "version") ? ["version"] : [];
  const all = ["id", ...known, ...fieldsOf(model.display), ...named, ...currencies];
  return selection(new Set(all));
}

/** The model of a related list, when its records can be listed. */
export function listable(key: string): Model | undefined {
  const model = contract.model(key);
  return model?.can.list && model.path !== null ? model : undefined;
}
