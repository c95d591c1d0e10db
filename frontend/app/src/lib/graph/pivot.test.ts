import { describe, expect, it } from "vitest";
import type { Field, Measure } from "#lib/contract/types.ts";
import { after, conditionOf, ordered, type Dimension } from "./dimension.ts";
import { groupSelect, type Group } from "./select.ts";
import { pivotOf } from "./pivot.ts";

const named = (name: string, more: Partial<Field> = {}) => ({ name, ...more }) as Field;
const option = (value: string) => ({ value, label: value, help: "", colour: null });
const state: Dimension = {
  by: "state",
  field: named("state", { kind: "choice", options: ["draft", "posted"].map(option) }),
  span: null,
};
const month: Dimension = {
  by: "date.month()",
  field: named("date", { kind: "date" }),
  span: "month",
};
const total: Measure = { key: "total.sum", title: "Total", fn: "sum", field: "total" };
const group = (keys: Group["keys"], value: string | null): Group => ({
  keys,
  currency: null,
  values: [value],
});

describe("dimensions", () => {
  it("hold of the records of a span, and of those without a value", () => {
    expect(conditionOf(month, "2026-12-01")).toEqual({
      and: [
        { field: "date", op: "gte", value: "2026-12-01" },
        { field: "date", op: "lt", value: "2027-01-01" },
      ],
    });
    expect(conditionOf(month, null)).toEqual({ field: "date", op: "is", value: null });
  });

  it("hold of instants from midnight in UTC, by which they are grouped", () => {
    const created = { ...month, field: named("created_at", { kind: "datetime" }) };
    expect(conditionOf(created, "2026-03-01")).toMatchObject({
      and: [{ value: "2026-03-01T00:00:00Z" }, { value: "2026-04-01T00:00:00Z" }],
    });
  });

  it.each([
    ["2026-02-28", "day", "2026-03-01"],
    ["2026-12-28", "week", "2027-01-04"],
    ["2026-10-01", "quarter", "2027-01-01"],
    ["2026-01-01", "year", "2027-01-01"],
  ] as const)("go on: after %s by %s comes %s", (day, span, next) =>
    expect(after(day, span)).toBe(next),
  );

  it("leave no month out, and put what has none last", () => {
    expect(ordered(month, ["2026-03-01", null, "2026-01-01"])).toEqual([
      "2026-01-01",
      "2026-02-01",
      "2026-03-01",
      null,
    ]);
  });

  it("are in the order of their options", () => {
    expect(ordered(state, ["posted", "draft"])).toEqual(["draft", "posted"]);
  });
});

it("asks for groups by keys, currency and functions", () => {
  const count: Measure = { key: "count", title: "Number", fn: "count", field: null };
  expect(groupSelect(["state", "date.month()"], [count, total], "currency")).toBe(
    "k0:state,k1:date.month(),c:currency,m0:count(),m1:total.sum()",
  );
});

describe("a pivot", () => {
  const groups = [
    group(["posted", "2026-01-01"], "0.10"),
    group(["draft", "2026-01-01"], "0.20"),
    group(["draft", "2026-03-01"], "5"),
  ];

  it("has a cell for each pair, and exact totals", () => {
    expect(pivotOf(groups, [state, month], total)).toEqual({
      rows: ["draft", "posted"],
      columns: ["2026-01-01", "2026-02-01", "2026-03-01"],
      cells: [
        ["0.20", null, "5"],
        ["0.10", null, null],
      ],
      totals: { rows: ["5.20", "0.10"], columns: ["0.30", "0", "5"], all: "5.30" },
    });
  });

  it("begins with the largest where there is no other order", () => {
    const party: Dimension = { by: "party", field: named("party"), span: null };
    const parties = [group(["a"], "9"), group(["b"], "10"), group([null], "11")];
    expect(pivotOf(parties, [party], total).rows).toEqual([null, "b", "a"]);
  });

  it("does not add up averages", () => {
    expect(pivotOf(groups, [state, month], { ...total, fn: "avg" }).totals).toBeNull();
  });

  it("is one column wide with one dimension, and empty without groups", () => {
    const pivot = pivotOf([group(["draft"], "1")], [state], total);
    expect(pivot).toMatchObject({ rows: ["draft"], columns: [null], cells: [["1"]] });
    expect(pivotOf([], [state], total).totals).toMatchObject({ all: "0" });
  });
});
