import { describe, expect, it } from "vitest";
import type { Values } from "#lib/contract/condition.ts";
import type { Lines } from "#lib/contract/types.ts";
import { keyOf } from "./lines.ts";
import { mergeLines, withTheirs } from "./merge-lines.ts";

const PART = { name: "rows", fields: ["item", "count"] } as Lines;
const row = (id: string, count: number, item = "x"): Values => ({ id, item, count });
const BASE = [row("a", 1), row("b", 2), row("c", 3)];

function merged(mine: Values[], theirs: Values[]): [string[], string[]] {
  const { lines, conflicts } = mergeLines(PART, BASE, mine, theirs);
  const told = lines.map((line) => `${keyOf(line)} ${line["item"]} ${line["count"]}`);
  return [told, conflicts.map(({ path }) => path)];
}

describe("what goes together", () => {
  it("is another line, or another field of the same line", () => {
    const mine = [row("a", 9), row("b", 2), row("c", 3)];
    const theirs = [row("a", 1, "y"), row("b", 7), row("c", 3)];
    expect(merged(mine, theirs)).toEqual([["a y 9", "b x 7", "c x 3"], []]);
  });

  it("is what was added and what was deleted on one side", () => {
    const mine = [row("a", 1), { "#": "n", item: "z", count: 5 }, row("c", 3)];
    const theirs = [...BASE, row("d", 4)];
    expect(merged(mine, theirs)).toEqual([["a x 1", "n z 5", "c x 3", "d x 4"], []]);
  });

  it("is my order, with what they added after what it follows there", () => {
    const mine = [row("c", 3), row("a", 1), row("b", 2)];
    const theirs = [row("a", 1), row("d", 4), row("b", 2), row("c", 3)];
    expect(merged(mine, theirs)[0]).toEqual(["c x 3", "a x 1", "d x 4", "b x 2"]);
  });
});

describe("what has to be chosen", () => {
  it("is a field that both changed", () => {
    const mine = [row("a", 9, "m"), row("b", 2), row("c", 3)];
    const theirs = [row("a", 8), row("b", 2), row("c", 3)];
    expect(merged(mine, theirs)[1]).toEqual(["rows.a.count"]);
    const { lines, conflicts } = mergeLines(PART, BASE, mine, theirs);
    expect(conflicts[0]).toMatchObject({ original: 1, mine: 9, theirs: 8 });
    const settled = conflicts.reduce((all, one) => withTheirs(all, one, theirs), lines);
    expect(settled[0]).toEqual(row("a", 8, "m"));
  });

  it("is a line that one deleted and the other changed", () => {
    const kept = [row("a", 1), row("c", 3)];
    const changed = [row("a", 1), row("b", 7), row("c", 3)];
    expect(merged(kept, changed)).toEqual([["a x 1", "c x 3"], ["rows.b"]]);
    expect(merged(changed, kept)).toEqual([["a x 1", "b x 7", "c x 3"], ["rows.b"]]);
    const mine = mergeLines(PART, BASE, kept, changed);
    const settled = mine.conflicts.reduce(
      (all, one) => withTheirs(all, one, changed),
      mine.lines,
    );
    expect(settled).toEqual(changed);
  });
});

/** The same numbers for each seed (mulberry32). */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Lines as somebody may leave them: changed, deleted, added, moved. */
function worked(who: string, pick: (below: number) => number): Values[] {
  const left = BASE.filter(() => pick(4) > 0).map((line) => {
    const count = pick(2) ? line["count"] : pick(3);
    return { ...line, count, item: pick(3) ? line["item"] : who };
  });
  const added = Array.from({ length: pick(3) }, (_, n) => row(`${who}${n}`, n));
  const all = [...left, ...added];
  return pick(3) ? all : all.reverse();
}

const SEEDS = 300;

describe("whatever happens", () => {
  const cases = Array.from({ length: SEEDS }, (_, seed) => {
    const pick = random(seed);
    return { mine: worked("m", pick), theirs: worked("t", pick) };
  });
  const sorted = (lines: Values[]) =>
    [...lines].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

  it("all is kept that one did alone", () => {
    for (const { mine } of cases) {
      const alone = { lines: mine, conflicts: [] };
      expect(mergeLines(PART, BASE, mine, BASE)).toEqual(alone);
      expect(mergeLines(PART, BASE, BASE, mine)).toEqual(alone);
    }
  });

  it("everybody has the same to choose", () => {
    for (const { mine, theirs } of cases) {
      const one = mergeLines(PART, BASE, mine, theirs);
      const other = mergeLines(PART, BASE, theirs, mine);
      const paths = [one, other].map(({ conflicts }) => conflicts.map(({ path }) => path));
      expect(paths[0]?.sort()).toEqual(paths[1]?.sort());
      // Who takes theirs everywhere has what they have who take their own.
      const settled = one.conflicts.reduce(
        (lines, conflict) => withTheirs(lines, conflict, theirs),
        one.lines,
      );
      expect(sorted(settled)).toEqual(sorted(other.lines));
    }
  });

  it("what was merged is settled", () => {
    for (const { mine, theirs } of cases) {
      const { lines } = mergeLines(PART, BASE, mine, theirs);
      expect(mergeLines(PART, theirs, lines, theirs)).toEqual({ lines, conflicts: [] });
    }
  });
});
