import { expect, test } from "vitest";
import { changes } from "./changes.ts";
import { narrowing } from "./sought.ts";

test("only what is another is a change", () => {
  expect(changes({ a: 1, b: [1], c: null }, { a: 2, b: [1] })).toEqual([
    { field: "a", before: 1, after: 2 },
  ]);
});

test("a new record has all that is not empty", () => {
  expect(changes(null, { a: "x", b: null })).toEqual([
    { field: "a", before: null, after: "x" },
  ]);
});

test("days are the user's, and the last one is a whole one", () => {
  const sought = { model: "zoo.animals", id: "", actor: "", action: "" as const };
  const told = narrowing({ ...sought, from: "2026-03-01", to: "2026-03-31" });
  expect(told).toEqual({
    since: new Date(2026, 2, 1).toISOString(),
    until: new Date(2026, 3, 1).toISOString(),
  });
});
