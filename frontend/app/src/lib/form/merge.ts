/** Two people changed one record: what goes together, and what somebody has to choose. */

import { at, type Values } from "#lib/contract/condition.ts";
import type { Lines } from "#lib/contract/types.ts";
import type { Edits } from "./edits.ts";
import { comparable, linesOf } from "./lines.ts";
import { mergeLines, withTheirs, type LineConflict } from "./merge-lines.ts";
import { same } from "./same.ts";

/** A place that both changed, each in another way. */
export type Conflict = FieldConflict | LineConflict;

export interface FieldConflict {
  path: string;
  line?: undefined;
  original: unknown;
  mine: unknown;
  theirs: unknown;
}

export interface Merged {
  /** What is still to be saved over theirs, with mine where it is to be chosen. */
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
    const part = parts.find((each) => each.name === path);
    const [original, other] = [at(base, path), at(theirs, path)];
    const { lines, conflicts } = part
      ? mergeLines(part, original, value, other)
      : { lines: value, conflicts: conflictsAt(path, original, value, other) };
    merged.conflicts.push(...conflicts);
    const view = comparable(path, parts);
    const settled = conflicts.length === 0 && same(view(lines), view(other));
    if (!settled) merged.edits[path] = lines;
  }
  return merged;
}

function conflictsAt(
  path: string,
  original: unknown,
  mine: unknown,
  theirs: unknown,
): FieldConflict[] {
  const alone = same(original, theirs) || same(mine, theirs);
  return alone ? [] : [{ path, original, mine, theirs }];
}

/** The edits, made over `base`, which is theirs, without what was chosen to be theirs. */
export function resolve(
  edits: Edits,
  chosen: Conflict[],
  base: Values,
  parts: Lines[] = [],
): Edits {
  const resolved = { ...edits };
  for (const conflict of chosen) {
    if (conflict.line === undefined) resolved[conflict.path] = conflict.theirs;
    else {
      const { part } = conflict.line;
      const lines = linesOf(resolved[part]);
      resolved[part] = withTheirs(lines, conflict, base[part]);
    }
  }
  return Object.fromEntries(
    Object.entries(resolved).filter(([path, value]) => {
      const view = comparable(path, parts);
      return !same(view(value), view(at(base, path)));
    }),
  );
}
