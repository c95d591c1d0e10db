import { expect, it } from "vitest";
import type { Field } from "#lib/contract/types.ts";
import { freshLine, keyOf, linesOf, moved, telling, total, withValue } from "./lines.ts";

const LINES = [{ id: "a" }, { id: "b" }, { id: "c" }];
const ids = (lines: unknown) => linesOf(lines).map((line) => line["id"]);

it("moves a line, and not beyond the ends", () => {
  expect(ids(moved(LINES, 0, 2))).toEqual(["b", "c", "a"]);
  expect(ids(moved(LINES, 2, 1))).toEqual(["a", "c", "b"]);
  expect(moved(LINES, 0, -1)).toBe(LINES);
  expect(moved(LINES, 2, 3)).toBe(LINES);
});

it("tells new lines apart", () => {
  expect(keyOf(freshLine())).not.toBe(keyOf(freshLine()));
  expect(keyOf({ id: "a", "#": "k" })).toBe("a");
});

it("changes one line only", () => {
  expect(withValue(LINES, 1, "count", "2")).toEqual([
    { id: "a" },
    { id: "b", count: "2" },
    { id: "c" },
  ]);
});

it("sums exactly, and not what is no number", () => {
  expect(total([{ net: "0.1" }, { net: "0.2" }, {}], "net")).toBe("0.3");
  expect(total([{ net: "1" }, { net: "one" }], "net")).toBe(null);
});

it("shows the columns in which something stands", () => {
  const columns = ["net", "unit", "taxes", "zero"].map((name) => ({ name }) as Field);
  const lines = [{ net: "1", unit: "", taxes: [] }, { zero: 0 }];
  expect(telling(columns, lines).map(({ name }) => name)).toEqual(["net", "zero"]);
  expect(telling(columns, [])).toEqual(columns);
});
