import { describe, expect, it } from "vitest";
import type { Row } from "#lib/records/records.ts";
import { counted, emptyColumn, placed, without, type Column } from "./columns.ts";

const card = (id: string, stage: string | null, version = 1): Row => ({
  id,
  stage,
  version,
});
const column = (key: string | null, cards: Row[]): Column => ({
  ...emptyColumn(key, String(key), null),
  cards,
  count: cards.length,
});
const board = [
  column("new", [card("a", "new"), card("b", "new")]),
  column("won", [card("c", "won")]),
  column(null, []),
];
const ids = (columns: Column[]) =>
  columns.map((each) => each.cards.map((one) => one.id).join(""));

describe("a board", () => {
  it("moves a card to the top of the column where it belongs now", () => {
    expect(ids(placed(board, [card("a", "won")], "stage"))).toEqual(["b", "ac", ""]);
    expect(ids(placed(board, [card("a", null)], "stage"))).toEqual(["b", "c", "a"]);
  });

  it("leaves a card that only changed where it is", () => {
    const after = placed(board, [card("b", "new", 2)], "stage");
    expect(ids(after)).toEqual(["ab", "c", ""]);
    expect(after[0]?.cards[1]?.version).toBe(2);
  });

  it("shows new cards on top, and none of a column that it does not have", () => {
    const come = [card("d", "won"), card("e", "unknown")];
    expect(ids(placed(board, come, "stage"))).toEqual(["ab", "dc", ""]);
  });

  it("loses cards that are gone", () => {
    expect(ids(without(board, new Set(["a", "c"])))).toEqual(["b", "", ""]);
  });

  it("counts a moved card at once", () => {
    expect(counted(board, "new", "won").map((each) => each.count)).toEqual([1, 2, 0]);
    expect(counted(board, "new", "new").map((each) => each.count)).toEqual([2, 1, 0]);
  });
});
