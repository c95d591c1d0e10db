import { expect, it } from "vitest";
import type { Lines } from "#lib/contract/types.ts";
import { merge, resolve } from "./merge.ts";

const BASE = { name: "Acme", phone: "1", city: "Rome" };

it("keeps what only I changed, and takes what only they changed", () => {
  const merged = merge(BASE, { name: "Mine" }, { ...BASE, phone: "2" });
  expect(merged).toEqual({ edits: { name: "Mine" }, conflicts: [] });
});

it("asks about what both changed, each in another way", () => {
  const merged = merge(BASE, { name: "Mine", city: "Oslo" }, { ...BASE, name: "Theirs" });
  expect(merged.edits).toEqual({ name: "Mine", city: "Oslo" });
  expect(merged.conflicts).toEqual([
    { path: "name", original: "Acme", mine: "Mine", theirs: "Theirs" },
  ]);
});

it("has nothing to do where both did the same", () => {
  const merged = merge(BASE, { name: "Same" }, { ...BASE, name: "Same" });
  expect(merged).toEqual({ edits: {}, conflicts: [] });
});

it("leaves out where theirs was chosen", () => {
  const theirs = { ...BASE, name: "Theirs" };
  const merged = merge(BASE, { name: "Mine", city: "Oslo" }, theirs);
  expect(resolve(merged.edits, merged.conflicts, theirs)).toEqual({ city: "Oslo" });
});

it("has nothing left to save where lines are as they are there", () => {
  const rows = { name: "rows", fields: ["count"] } as Lines;
  const base = { rows: [{ id: "a", count: "1" }] };
  const theirs = { rows: [{ id: "a", count: "2", worth: "9" }] };
  expect(merge(base, { rows: [{ id: "a", count: "2" }] }, theirs, [rows]).edits).toEqual(
    {},
  );
  const mine = merge(base, { rows: [{ id: "a", count: "3" }] }, theirs, [rows]);
  expect(resolve(mine.edits, mine.conflicts, theirs, [rows])).toEqual({});
});
