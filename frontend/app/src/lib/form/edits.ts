/**
 * What somebody changed of a record: paths, and the values that they have now. It lies beside
 * what the daemon said, so that only what was changed is sent.
 */

import { at, type Values } from "#lib/contract/condition.ts";
import type { Lines, Model } from "#lib/contract/types.ts";
import { bodyOfLines, comparable } from "./lines.ts";
import { same } from "./same.ts";

/** `{"name": "Acme", "extensions.loyalty.tier": "gold", "lines": [...]}`. */
export type Edits = Record<string, unknown>;

/** The edits with another value at `path`; what is as it was is none. */
export function edited(
  edits: Edits,
  base: Values,
  path: string,
  value: unknown,
  parts: Lines[],
): Edits {
  const rest = Object.entries(edits).filter(([other]) => other !== path);
  const view = comparable(path, parts);
  const changed = !same(view(value), view(at(base, path)));
  return Object.fromEntries(changed ? [...rest, [path, value]] : rest);
}

/** `record` as it looks with what was changed. */
export function overlaid(record: Values, edits: Edits): Values {
  return Object.entries(edits).reduce(
    (whole, [path, value]) => put(whole, path.split("."), value),
    record,
  );
}

/** What is sent of `edits`: of lines only what may be written with the record. */
export function bodyOf(edits: Edits, base: Values, model: Model): Values {
  const sent = Object.entries(edits).map(([path, value]): [string, unknown] => {
    const part = model.lines.find((each) => each.name === path);
    return [path, part === undefined ? value : bodyOfLines(value, at(base, path), part)];
  });
  return overlaid({}, Object.fromEntries(sent));
}

/** What `record` has at the places that were changed. */
export function basisOf(edits: Edits, record: Values): Edits {
  return Object.fromEntries(
    Object.keys(edits).map((path) => [path, at(record, path) ?? null]),
  );
}

function put(record: Values, path: string[], value: unknown): Values {
  const [head = "", ...rest] = path;
  if (rest.length === 0) return { ...record, [head]: value };
  const inner = record[head];
  const within = typeof inner === "object" && inner !== null ? (inner as Values) : {};
  return { ...record, [head]: put(within, rest, value) };
}
