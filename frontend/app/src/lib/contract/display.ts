/** How a record is called: templates such as `{number} {party_name}`. */

import { at, type Values } from "./condition.ts";
import type { Model } from "./types.ts";

const FIELD = /\{([a-z0-9_.]+)\}/g;

/** What `record` is called; nothing when it has none of the fields. */
export function called(template: string, record: Values): string {
  const text = template.replace(FIELD, (_, path: string) => String(at(record, path) ?? ""));
  return text.replace(/\s+/g, " ").trim();
}

/** The fields that a template names. */
export function fieldsOf(template: string): string[] {
  return [...template.matchAll(FIELD)].map((found) => found[1] ?? "");
}

/** `id,name,company(name)`: what to select so that all of `paths` can be shown. */
export function selection(paths: Iterable<string>): string {
  const tree = new Map<string, Set<string>>();
  for (const path of paths) {
    const [head = "", ...rest] = path.split(".");
    const inner = tree.get(head) ?? new Set<string>();
    if (rest.length > 0) inner.add(rest.join("."));
    tree.set(head, inner);
  }
  // What other modules keep of a record comes as a whole.
  const written = [...tree].map(([head, inner]) =>
    inner.size === 0 || head === "extensions" ? head : `${head}(${selection(inner)})`,
  );
  return written.join(",");
}

/** The name of the relation that a reference leads along: `company_id` -> `company`. */
export function relationOf(field: string): string {
  return field.replace(/_id$/, "");
}

/** What to select of a related record, under the relation's name, to call it. */
export function displayPaths(relation: string, target: Model): string[] {
  return ["id", ...fieldsOf(target.display)].map((field) => `${relation}.${field}`);
}
