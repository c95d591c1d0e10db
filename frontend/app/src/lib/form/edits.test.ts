import { describe, expect, it } from "vitest";
import type { Lines, Model } from "#lib/contract/types.ts";
import { basisOf, bodyOf, edited, overlaid } from "./edits.ts";
import { same } from "./same.ts";

const PART = { name: "rows", fields: ["item", "count"] } as Lines;
const MODEL = { lines: [PART] } as Model;
const BASE = {
  name: "Acme",
  extensions: { other: { tier: "gold", points: 3 } },
  rows: [
    { id: "a", item: "x", count: "1", worth: "5" },
    { id: "b", item: "y", count: "2", worth: "7" },
  ],
};

describe("edited", () => {
  it("notes what is another than it was", () => {
    expect(edited({}, BASE, "name", "Beta", [])).toEqual({ name: "Beta" });
  });

  it("forgets what is again as it was", () => {
    expect(edited({ name: "Beta" }, BASE, "name", "Acme", [])).toEqual({});
    expect(edited({ phone: "1" }, BASE, "phone", "", [])).toEqual({});
  });

  it("sees no change in what lines may not write", () => {
    const rows = BASE.rows.map((row) => ({ ...row, worth: "99" }));
    expect(edited({}, BASE, "rows", rows, [PART])).toEqual({});
  });

  it("sees another order of lines", () => {
    const rows = [...BASE.rows].reverse();
    expect(edited({}, BASE, "rows", rows, [PART])).toEqual({ rows });
  });
});

it("lays edits over a record, and leaves the record", () => {
  const whole = overlaid(BASE, { "extensions.other.tier": "blue" });
  expect(whole["extensions"]).toEqual({ other: { tier: "blue", points: 3 } });
  expect(BASE.extensions.other.tier).toBe("gold");
});

describe("bodyOf", () => {
  it("nests what extensions are changed", () => {
    const edits = { name: "Beta", "extensions.other.tier": "blue" };
    const body = { name: "Beta", extensions: { other: { tier: "blue" } } };
    expect(bodyOf(edits, BASE, MODEL)).toEqual(body);
  });

  it("sends of lines their ids and what was changed, and all of what is new", () => {
    const rows = [
      { ...BASE.rows[1], count: "9" },
      { "#": "k", item: "z", worth: "1" },
    ];
    expect(bodyOf({ rows }, BASE, MODEL)).toEqual({
      rows: [{ id: "b", count: "9" }, { item: "z" }],
    });
  });
});

it("knows what stood where something was changed", () => {
  expect(basisOf({ name: "Beta", phone: "1" }, BASE)).toEqual({
    name: "Acme",
    phone: null,
  });
});

it("compares whatever a record has", () => {
  expect(same(null, undefined)).toBe(true);
  expect(same("", null)).toBe(true);
  expect(same({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
  expect(same(false, null)).toBe(false);
});
