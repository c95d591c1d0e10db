import { expect, test } from "vitest";
import type { State } from "./modules.ts";
import { inOrder, neededBy } from "./order.ts";

function module(name: string, state: string, depends: string[] = []): State {
  const display_name = name;
  return { name, state, depends, display_name, version: "1", optional: [], priority: 1 };
}

test("what failed stands first, the rest stays in its order", () => {
  const all = [module("b", "loaded"), module("a", "loaded"), module("c", "failed")];
  expect(inOrder(all).map((each) => each.name)).toEqual(["c", "b", "a"]);
});

test("a module knows who needs it", () => {
  const all = [module("a", "loaded"), module("b", "loaded", ["a"])];
  expect(neededBy("a", all)).toEqual(["b"]);
});
