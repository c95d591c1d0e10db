import { expect, it } from "vitest";
import { moved } from "./keys.ts";

const extent = { lines: 100, columns: 4, page: 20 };
const spot = { line: 10, column: 1 };

it.each([
  ["ArrowDown", false, 11, 1],
  ["ArrowUp", false, 9, 1],
  ["ArrowRight", false, 10, 2],
  ["ArrowLeft", false, 10, 0],
  ["PageDown", false, 30, 1],
  ["PageUp", false, 0, 1],
  ["Home", false, 10, 0],
  ["End", false, 10, 3],
  ["Home", true, 0, 0],
  ["End", true, 99, 3],
  ["ArrowDown", true, 99, 1],
])("%s (Ctrl: %s) leads to line %i, column %i", (key, ctrlKey, line, column) => {
  expect(moved({ key, ctrlKey }, spot, extent)).toEqual({ line, column });
});

it("goes nowhere by other keys", () => {
  expect(moved({ key: "a", ctrlKey: false }, spot, extent)).toBeNull();
});
