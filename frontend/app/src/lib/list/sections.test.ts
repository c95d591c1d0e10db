import { expect, it } from "vitest";
import { indexOf, placeAt, size } from "./sections.ts";

const parts = [
  { headed: true, open: true, count: 2 },
  { headed: true, open: false, count: 50 },
  { headed: true, open: true, count: 1 },
];

it("counts headings, and the records of the groups that are open", () => {
  expect(size(parts)).toBe(6);
  expect(size([{ headed: false, open: true, count: 100_000 }])).toBe(100_000);
});

it("finds what is in each row, and the row of it", () => {
  const places = [0, 1, 2, 3, 4, 5].map((index) => placeAt(parts, index));
  expect(places.map((place) => `${place?.part}/${place?.row}`)).toEqual([
    "0/-1",
    "0/0",
    "0/1",
    "1/-1",
    "2/-1",
    "2/0",
  ]);
  for (const [index, place] of places.entries())
    expect(place && indexOf(parts, place)).toBe(index);
});

it("has nothing beyond the end", () => {
  expect(placeAt(parts, 6)).toBeUndefined();
});
