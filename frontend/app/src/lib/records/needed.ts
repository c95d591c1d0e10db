/** What to select of records, so that some of their fields can be shown. */

import { fieldAt } from "#lib/contract/contract.svelte.ts";
import { fieldsOf, selection } from "#lib/contract/display.ts";
import type { Field, Model } from "#lib/contract/types.ts";

/** `name` or `{first_name} {last_name}`: both say what stands for a record. */
export function template(title: string): string {
  return title.includes("{") ? title : `{${title}}`;
}

/** The fields at `paths`, those that the caller may see. */
export function fieldsAt(model: Model, paths: string[]): Field[] {
  return paths.flatMap((path) => {
    const field = fieldAt(model, path);
    return field === undefined ? [] : [{ ...field, name: path }];
  });
}

/** The selection for `paths`, with the currencies of amounts, and what every record has. */
export function needed(model: Model, paths: string[]): string {
  const own = new Set(model.fields.map((field) => field.name));
  const shown = fieldsAt(model, paths);
  const currencies = shown.flatMap((field) => field.currency ?? []);
  const always = ["id", "version", ...currencies].filter((name) => own.has(name));
  return selection(new Set(["id", ...always, ...shown.map((field) => field.name)]));
}

/** The fields that a title or a template names. */
export function titleFields(title: string): string[] {
  return fieldsOf(template(title));
}
