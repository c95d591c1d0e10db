import { describe, expect, it } from "vitest";
import type { Action, Field, Filled } from "#lib/contract/types.ts";
import { askedOf, begun } from "#lib/actions/call.ts";
import { idField, isOptional, isTold, objectsOf, startOf, within } from "./nested.ts";

const field = (name: string, more: Partial<Field> = {}) =>
  ({ name, kind: "text", default: null, required: false, ...more }) as Field;
const MOVES = field("moves", { kind: "list", fields: [field("id"), field("quantity")] });
const CONTRACT = field("contract", {
  kind: "object",
  required: true,
  fields: [field("wage", { default: "0" }), field("until")],
});
const FILL: Filled = {
  lines: "rows",
  model: "x.rows",
  show: [],
  fields: { id: "id", quantity: { field: "ordered", less: "done" } },
};

it("asks first whether to give what may be left out", () => {
  expect([MOVES, CONTRACT].map(isOptional)).toEqual([true, false]);
  expect(isOptional(field("options", { kind: "object", default: { a: 1 } }))).toBe(false);
});

it("starts with what is said of the parts", () => {
  expect(startOf([MOVES, CONTRACT])).toEqual({ contract: { wage: "0" } });
  expect(startOf([{ ...MOVES, required: true }])).toEqual({ moves: [] });
});

describe("a list of the lines of a record", () => {
  const action = {
    path: "/api/x/things/{id}/do",
    fields: [MOVES, field("day")],
    fill: { moves: FILL, day: "due_on" },
  } as Partial<Action> as Action;

  it("has an object for each line of which something is left", () => {
    const lines = [
      { id: "a", ordered: "10.0000", done: "4" },
      { id: "b", ordered: "3", done: "3.0000" },
      { id: "c", ordered: "2.5", done: null },
      { id: "d", ordered: "-5", done: "-2" },
    ];
    const left = objectsOf(FILL, lines).map(({ id, quantity }) => [id, Number(quantity)]);
    expect(left).toEqual([
      ["a", 6],
      ["c", 2.5],
      ["d", -3],
    ]);
  });

  it("knows in which field an object says its line", () => {
    expect(idField(FILL)).toBe("id");
    expect(idField({ ...FILL, fields: { note: "note" } })).toBeUndefined();
  });

  it("is not asked of several records at once", () => {
    expect(askedOf(action).map(({ name }) => name)).toEqual(["moves", "day"]);
    expect(askedOf(action, true).map(({ name }) => name)).toEqual(["day"]);
  });

  it("is filled later than what a record has itself", () => {
    expect(begun(action, [{ id: "7", due_on: "2026-01-01" }])).toEqual({
      day: "2026-01-01",
    });
  });
});

describe("what is wrong within", () => {
  it("is told by paths from there", () => {
    const faults = { "moves.0.quantity": "too much", moves: "too few", movesome: "odd" };
    expect(within(faults, "moves")).toEqual({ "0.quantity": "too much", "": "too few" });
  });

  it("stands at its field, if that is shown", () => {
    const fields = [MOVES, CONTRACT, field("day")];
    const values = { moves: [{ id: "a" }], contract: { wage: "1" } };
    const told = (path: string) => isTold(fields, values, path);
    expect(["day", "moves", "moves.0.id", "contract.wage"].map(told)).not.toContain(false);
    expect(["odd", "moves.1.id", "contract.odd", "day.0"].map(told)).not.toContain(true);
    expect(isTold(fields, {}, "contract.wage")).toBe(false);
  });
});
