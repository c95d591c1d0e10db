import { expect, it } from "vitest";
import { colourAt, gathered, origin } from "./series.ts";

const series = {
  labels: ["a", "b", "c", "d"],
  sets: [{ label: "n", values: [4, 3, 1, -5] }],
};

it("gathers what matters least", () => {
  const few = gathered(series, 3, "Others");
  expect(few).toMatchObject({
    labels: ["a", "d", "Others"],
    sets: [{ label: "n", values: [4, -5, 4] }],
  });
  expect([0, 1, 2].map((n) => origin(few, n))).toEqual([0, 3, undefined]);
  expect(gathered(series, 4, "Others")).toBe(series);
  expect(origin(series, 3)).toBe(3);
});

it("gathers no times", () => {
  const months = { ...series, timed: true };
  expect(gathered(months, 2, "Others")).toBe(months);
});

it("begins anew when all colours are used", () => {
  expect(colourAt(8)).toBe(colourAt(0));
});
