import { expect, it } from "vitest";
import { Selection } from "./selection.svelte.ts";

const rows = ["a", "b", "c", "d"].map((id) => ({ id, version: 1 }));
const row = (id: string) => ({ id, version: 1 });
const ids = (selection: Selection) => selection.rows.map((each) => each.id);

it("selects one, and no longer", () => {
  const selection = new Selection();
  selection.toggle(row("a"));
  selection.toggle(row("b"));
  selection.toggle(row("a"));
  expect(ids(selection)).toEqual(["b"]);
});

it("selects a range from the last one that was pressed, either way", () => {
  const selection = new Selection();
  selection.toggle(row("c"));
  selection.extend(row("a"), rows);
  expect(ids(selection).sort()).toEqual(["a", "b", "c"]);
  selection.extend(row("d"), rows);
  expect(selection.size).toBe(4);
});

it("selects one alone when the other end is not shown any more", () => {
  const selection = new Selection();
  selection.toggle(row("gone"));
  selection.extend(row("b"), rows);
  expect(ids(selection)).toEqual(["gone", "b"]);
});

it("keeps the newest of what is selected, and forgets what is gone", () => {
  const selection = new Selection();
  selection.add(rows);
  selection.renew([{ id: "a", version: 2 }, { id: "x" }]);
  selection.forget(["b"]);
  expect(ids(selection)).toEqual(["a", "c", "d"]);
  expect(selection.rows[0]?.version).toBe(2);
  selection.clear();
  expect(selection.size).toBe(0);
});
