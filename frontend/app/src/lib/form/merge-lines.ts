/** Lines of a document that two people changed: each line by itself, field by field. */

import type { Values } from "#lib/contract/condition.ts";
import type { Lines } from "#lib/contract/types.ts";
import { keyOf, linesOf } from "./lines.ts";
import { same } from "./same.ts";

/** Which line it is that both changed, and how it was; without a field, the whole line. */
export interface LineAt {
  part: string;
  key: string;
  field?: string;
  was: Values;
}

/** A place that both changed, each in another way. Nothing instead of a line: deleted. */
export interface LineConflict {
  path: string;
  line: LineAt;
  original: unknown;
  mine: unknown;
  theirs: unknown;
}

/** Lines by their keys, in their order. */
type Keyed = Map<string, Values>;

interface Sides {
  base: Keyed;
  mine: Keyed;
  theirs: Keyed;
}

/** Lays what I made of lines over what they made of them; in conflicts mine is taken. */
export function mergeLines(
  part: Lines,
  base: unknown,
  mine: unknown,
  theirs: unknown,
): { lines: Values[]; conflicts: LineConflict[] } {
  const sides = { base: keyed(base), mine: keyed(mine), theirs: keyed(theirs) };
  const conflicts: LineConflict[] = [];
  const lines = orderOf(sides).flatMap<Values>((key) => {
    const merged = mergeLine(part, key, sides);
    conflicts.push(...merged.conflicts);
    return merged.line ?? [];
  });
  return { lines, conflicts };
}

/** The lines as they have to be where theirs was chosen, at `conflict`. */
export function withTheirs(
  lines: Values[],
  { line, theirs }: LineConflict,
  all: unknown,
): Values[] {
  const { key, field } = line;
  if (field !== undefined)
    return lines.map((each) => (keyOf(each) === key ? { ...each, [field]: theirs } : each));
  if (theirs === undefined) return lines.filter((each) => keyOf(each) !== key);
  const known = keyed(lines).set(key, theirs as Values);
  const order = inserted(lines.map(keyOf), linesOf(all).map(keyOf));
  return order.flatMap<Values>((each) => known.get(each) ?? []);
}

function mergeLine(
  part: Lines,
  key: string,
  sides: Sides,
): { line?: Values | undefined; conflicts: LineConflict[] } {
  const [was, mine, theirs] = [sides.base, sides.mine, sides.theirs].map((side) =>
    side.get(key),
  );
  if (was === undefined) return { line: mine ?? theirs, conflicts: [] };
  if (mine !== undefined && theirs !== undefined)
    return mergeFields(part, key, was, mine, theirs);
  const left = mine ?? theirs;
  const untouched = left === undefined || isSame(part, was, left);
  const line = { part: part.name, key, was };
  const conflict = { path: `${part.name}.${key}`, line, original: was, mine, theirs };
  return untouched ? { conflicts: [] } : { line: mine, conflicts: [conflict] };
}

function mergeFields(
  part: Lines,
  key: string,
  was: Values,
  mine: Values,
  theirs: Values,
): { line: Values; conflicts: LineConflict[] } {
  const changed = part.fields.filter((field) => !same(was[field], mine[field]));
  const taken = Object.fromEntries(changed.map((field) => [field, mine[field]]));
  const unlike = changed.filter(
    (field) => !same(was[field], theirs[field]) && !same(mine[field], theirs[field]),
  );
  const conflicts = unlike.map((field) => ({
    path: `${part.name}.${key}.${field}`,
    line: { part: part.name, key, field, was },
    original: was[field],
    mine: mine[field],
    theirs: theirs[field],
  }));
  return { line: { ...theirs, ...taken }, conflicts };
}

function isSame(part: Lines, left: Values, right: Values): boolean {
  return part.fields.every((field) => same(left[field], right[field]));
}

/** All lines in one order: mine if I moved any, else theirs. */
function orderOf({ base, mine, theirs }: Sides): string[] {
  const keys = [...mine.keys()];
  const before = [...base.keys()].filter((key) => mine.has(key));
  const moved = !same(
    before,
    keys.filter((key) => base.has(key)),
  );
  const [first, second] = moved ? [mine, theirs] : [theirs, mine];
  return inserted([...first.keys()], [...second.keys()]);
}

/** `order` with what is only in `other`, each after what it follows there. */
function inserted(order: string[], other: string[]): string[] {
  const whole = [...order];
  let place = 0;
  for (const key of other) {
    const known = whole.indexOf(key);
    if (known === -1) whole.splice(place, 0, key);
    place = known === -1 ? place + 1 : known + 1;
  }
  return whole;
}

function keyed(lines: unknown): Keyed {
  return new Map(linesOf(lines).map((line) => [keyOf(line), line]));
}
