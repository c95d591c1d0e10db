import { expect, it } from "vitest";
import { colourAt, gathered } from "./series.ts";

const series = {
  labels: ["a", "b", "c", "d"],
  sets: [{ label: "n", values: [4, 3, null, 2] }],
};

it("gathers what is too much for a pie into one slice", () => {
  expect(gathered(series, 3, "Others")).toEqual({
    labels: ["a", "b", "Others"],
    sets: [{ label: "n", values: [4, 3, 2] }],
  });
  expect(gathered(series, 4, "Others")).toBe(series);
});

it("begins anew when all colours are used", () => {
  expect(colourAt(8)).toBe(colourAt(0));
});
