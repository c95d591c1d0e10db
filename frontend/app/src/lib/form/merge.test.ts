import { expect, it } from "vitest";
import type { Lines } from "#lib/contract/types.ts";
import { differences, merge, resolve } from "./merge.ts";

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

it("takes lines as changed only when what may be written of them is", () => {
  const part = { name: "rows", fields: ["count"] } as Lines;
  const base = { rows: [{ id: "a", count: "1", worth: "5" }] };
  const theirs = { rows: [{ id: "a", count: "1", worth: "6" }] };
  const mine = { rows: [{ id: "a", count: "2", worth: "5" }] };
  expect(merge(base, mine, theirs, [part]).conflicts).toEqual([]);
  expect(differences(base, theirs, ["rows"], [part])).toEqual([]);
});

it("leaves out where theirs was chosen", () => {
  expect(resolve({ name: "Mine", city: "Oslo" }, new Set(["name"]))).toEqual({
    city: "Oslo",
  });
});

it("tells where two states differ", () => {
  expect(differences(BASE, { ...BASE, city: "Oslo" }, ["name", "city"])).toEqual(["city"]);
});
