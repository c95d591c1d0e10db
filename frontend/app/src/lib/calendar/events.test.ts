import { describe, expect, it } from "vitest";
import {
  beyond,
  byDay,
  dayOf,
  during,
  entryOf,
  movedTo,
  seenOf,
  written,
  type View,
} from "./events.ts";

const leave: View = { start: "from", end: "to", title: "name", colour: null };
const call: View = { start: "due_at", end: null, title: "subject", colour: null };
const march = (day: number, hour = 0) => new Date(2026, 2, day, hour);

describe("days", () => {
  const row = { id: "1", from: "2026-03-02", to: "2026-03-04" };

  it("last to the end of the last one", () => {
    expect(entryOf(leave, "date", row)).toEqual({
      row,
      start: march(2),
      end: march(5),
      allDay: true,
    });
  });

  it("are moved together", () => {
    expect(movedTo(leave, "date", row, march(9), march(12))).toEqual({
      from: "2026-03-09",
      to: "2026-03-11",
    });
  });

  it("stay without an end that they do not have", () => {
    const open = { id: "1", from: "2026-03-02", to: null };
    expect(entryOf(leave, "date", open)?.end).toEqual(march(3));
    expect(movedTo(leave, "date", open, march(9), march(10))).toEqual({
      from: "2026-03-09",
    });
  });

  it("are found where they touch a time, also from long before", () => {
    expect(during(leave, "date", march(1), march(31))).toEqual([
      { field: "from", op: "lt", value: "2026-03-31" },
      {
        or: [
          { field: "to", op: "gte", value: "2026-03-01" },
          { field: "from", op: "gte", value: "2026-03-01" },
        ],
      },
    ]);
  });
});

describe("moments", () => {
  const due_at = march(2, 9).toISOString();

  it("take an hour unless said, and are no whole day", () => {
    const entry = entryOf(call, "datetime", { id: "1", due_at });
    expect(entry).toMatchObject({ start: march(2, 9), end: march(2, 10), allDay: false });
    expect(entryOf(call, "datetime", { id: "1", due_at: null })).toBeUndefined();
  });

  it("are written as the daemon writes them", () => {
    expect(written(march(2, 9), "datetime")).toBe(due_at);
    expect(written(march(2, 23), "date")).toBe("2026-03-02");
  });
});

it("lists the days in their order", () => {
  const entry = (id: string, day: number, hour: number) => ({
    row: { id },
    start: march(day, hour),
    end: march(day, hour + 1),
    allDay: false,
  });
  const days = byDay([entry("c", 3, 1), entry("b", 2, 9), entry("a", 2, 8)]);
  expect(days.map(([day, all]) => [day, all.map((one) => one.row.id)])).toEqual([
    ["2026-03-02", ["a", "b"]],
    ["2026-03-03", ["c"]],
  ]);
});

it("shows what was asked for until another time is turned to", () => {
  const asked = { span: "week", day: "2026-03-04" } as const;
  expect(seenOf(asked, "week", march(2), march(9))).toBe(asked);
  expect(seenOf(asked, "week", march(9), march(16)).day).toBe("2026-03-09");
  expect(seenOf(asked, "month", march(1), new Date(2026, 3, 1)).span).toBe("month");
});

it("finds what lies before and after", () => {
  expect(beyond(leave, "date", "before", march(1))).toEqual({
    field: "from",
    op: "lt",
    value: "2026-03-01",
  });
  expect(beyond(leave, "date", "after", march(8))).toMatchObject({ op: "gte" });
  expect(dayOf("2026-03-09")).toBe("2026-03-09");
  expect(dayOf(null)).toBe(null);
});
