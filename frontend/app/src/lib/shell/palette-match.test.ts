import { expect, it } from "vitest";
import { matching, type Entry } from "./palette-match.ts";

const entry = (label: string, hint = ""): Entry => ({
  key: label,
  label,
  hint,
  icon: "box",
  run: () => undefined,
});
const groups = [
  { title: "Go", entries: [entry("Open invoices", "Sales"), entry("Invoices", "Sales")] },
  { title: "Reports", entries: [entry("Grand livre"), entry("Écritures", "Comptabilité")] },
];
const found = (typed: string, most = 9) =>
  matching(groups, typed, most).map((group) => group.entries.map((each) => each.label));

it("shows all while nothing is typed, but not too much", () => {
  expect(found("").flat()).toHaveLength(4);
  expect(found("", 1)).toEqual([["Open invoices"], ["Grand livre"]]);
});

it("finds every word anywhere, accents or not, and drops empty groups", () => {
  expect(found("sales open")).toEqual([["Open invoices"]]);
  expect(found("ecri compta")).toEqual([["Écritures"]]);
  expect(found("nothing")).toEqual([]);
});

it("puts what begins with the word first", () => {
  expect(found("inv")).toEqual([["Invoices", "Open invoices"]]);
});
