import { expect, it } from "vitest";
import { byOf, inGroup, spanText } from "./spans.ts";

it("knows a field from a span of one", () => {
  expect(byOf("state")).toEqual({ field: "state", span: null });
  expect(byOf("date.month()")).toEqual({ field: "date", span: "month" });
});

it("finds the records of a group", () => {
  expect(inGroup(byOf("state"), "open", false)).toEqual([
    { field: "state", op: "eq", value: "open" },
  ]);
  expect(inGroup(byOf("state"), null, false)).toEqual([
    { field: "state", op: "is", value: null },
  ]);
});

it.each([
  ["month", "2026-12-01", "2027-01-01"],
  ["quarter", "2026-10-01", "2027-01-01"],
  ["week", "2026-02-23", "2026-03-02"],
  ["day", "2024-02-28", "2024-02-29"],
  ["year", "2026-01-01", "2027-01-01"],
])("ends a %s before the next one", (span, first, next) => {
  expect(inGroup(byOf(`date.${span}()`), first, false)).toEqual([
    { field: "date", op: "gte", value: first },
    { field: "date", op: "lt", value: next },
  ]);
});

it("compares moments by the midnight of UTC", () => {
  const [from] = inGroup(byOf("at.day()"), "2026-03-01", true);
  expect(from).toEqual({ field: "at", op: "gte", value: "2026-03-01T00:00:00Z" });
});

it("says a span as people do", () => {
  expect(spanText("month", "2026-03-01", "en")).toBe("March 2026");
  expect(spanText("quarter", "2026-10-01", "en")).toBe("Q4 2026");
  expect(spanText("year", "2026-01-01", "fr")).toBe("2026");
});
