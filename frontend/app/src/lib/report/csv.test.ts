import { expect, it } from "vitest";
import { csvText } from "./csv.ts";

it("quotes what a comma or a quote would break", () => {
  expect(
    csvText([
      ["Name", "Amount"],
      ['Smith, "Bob"', -5],
      ["two\nlines", "-1.50"],
    ]),
  ).toBe('Name,Amount\r\n"Smith, ""Bob""",-5\r\n"two\nlines",-1.50\r\n');
});

it.each(["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1"])("makes %s harmless", (cell) =>
  expect(csvText([[cell]])).toBe(`'${cell}\r\n`),
);
