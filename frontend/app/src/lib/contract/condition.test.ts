import { describe, expect, it } from "vitest";
import { day, holds, type Caller } from "./condition.ts";
import type { Condition } from "./types.ts";

const caller: Caller = {
  user_id: "u1",
  username: "ann",
  company_id: "c1",
  companies: ["c1", "c2"],
};
const record = {
  state: "posted",
  total: "10.50",
  name: "Ernst Handel (Graz)",
  due_on: "2026-03-01",
  owner_id: "u1",
  tags: ["a", "b"],
  note: null,
  company: { name: "Acme" },
};
const judged = (condition: Condition) => holds(condition, record, caller);

describe("a condition", () => {
  it.each<[string, Condition, boolean]>([
    ["equals", { field: "state", op: "eq", value: "posted" }, true],
    ["is one of", { field: "state", op: "in", value: ["draft", "posted"] }, true],
    ["compares decimals as numbers", { field: "total", op: "gt", value: "9" }, true],
    [
      "finds decimals equal however they are written",
      { field: "total", op: "eq", value: 10.5 },
      true,
    ],
    ["compares days", { field: "due_on", op: "lt", value: "2026-03-02" }, true],
    [
      "takes a star for any text, and brackets as they are",
      { field: "name", op: "ilike", value: "*handel (g*" },
      true,
    ],
    [
      "knows capitals where like does",
      { field: "name", op: "like", value: "ernst*" },
      false,
    ],
    ["follows relations", { field: "company.name", op: "eq", value: "Acme" }, true],
    [
      "knows who asks",
      { field: "owner_id", op: "eq", value: { identity: "user_id" } },
      true,
    ],
    ["finds nothing by null", { field: "note", op: "eq", value: null }, false],
    [
      "does not find null by neq, as SQL does not",
      { field: "note", op: "neq", value: "x" },
      false,
    ],
    ["looks for nothing by is", { field: "note", op: "is", value: null }, true],
    ["looks for something by is", { field: "state", op: "is", value: "not_null" }, true],
    ["tells null from text", { field: "note", op: "isdistinct", value: "x" }, true],
    ["contains", { field: "tags", op: "cs", value: ["a"] }, true],
    ["is contained", { field: "tags", op: "cd", value: ["a", "b", "c"] }, true],
    ["overlaps", { field: "tags", op: "ov", value: ["z", "b"] }, true],
    [
      "misses fields that are not there",
      { field: "extensions.loyalty.points", op: "gt", value: 1 },
      false,
    ],
  ])("%s", (_, condition, expected) => expect(judged(condition)).toBe(expected));

  it("is negated, joined and nested", () => {
    const posted: Condition = { field: "state", op: "eq", value: "posted" };
    const draft: Condition = { field: "state", op: "eq", value: "draft" };
    expect(judged({ not: posted })).toBe(false);
    expect(judged({ and: [posted, { or: [draft, { not: draft }] }] })).toBe(true);
    expect(judged({ and: [] })).toBe(true);
    expect(judged({ or: [] })).toBe(false);
  });
});

it("counts days over the ends of months and years", () => {
  const new_year = new Date(2026, 11, 31, 23, 59);
  expect(day(1, new_year)).toBe("2027-01-01");
  expect(day(-31, new_year)).toBe("2026-11-30");
});
