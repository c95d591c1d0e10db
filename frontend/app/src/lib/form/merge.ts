/** Two people changed one record: what goes together, and what somebody has to choose. */

import { at, type Values } from "#lib/contract/condition.ts";
import type { Lines } from "#lib/contract/types.ts";
import type { Edits } from "./edits.ts";
import { comparable } from "./lines.ts";
import { same } from "./same.ts";

/** A place that both changed, each in another way. */
export interface Conflict {
  path: string;
  original: unknown;
  mine: unknown;
  theirs: unknown;
}

export interface Merged {
  /** What is still to be saved over theirs, conflicts included. */
  edits: Edits;
  conflicts: Conflict[];
}

/** Lays what I changed of `base` over what they made of it. */
export function merge(
  base: Values,
  mine: Edits,
  theirs: Values,
  parts: Lines[] = [],
): Merged {
  const merged: Merged = { edits: {}, conflicts: [] };
  for (const [path, value] of Object.entries(mine)) {
    const view = comparable(path, parts);
    const [original, other] = [at(base, path), at(theirs, path)];
    if (same(view(value), view(other))) continue;
    merged.edits[path] = value;
    if (same(view(original), view(other))) continue;
    merged.conflicts.push({ path, original, mine: value, theirs: other });
  }
  return merged;
}

/** The edits without those where theirs was chosen. */
export function resolve(edits: Edits, theirs: Set<string>): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([path]) => !theirs.has(path)));
}

/** Where two states of a record differ, among `paths`. */
export function differences(
  before: Values,
  after: Values,
  paths: string[],
  parts: Lines[] = [],
): string[] {
  return paths.filter((path) => {
    const view = comparable(path, parts);
    return !same(view(at(before, path)), view(at(after, path)));
  });
}
