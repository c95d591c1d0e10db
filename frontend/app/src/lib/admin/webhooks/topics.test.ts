import { expect, test } from "vitest";
import { topicsIn } from "./topics.ts";

test("topics are told one a line, or with commas between", () => {
  expect(topicsIn("crm.deals.won\n a.*, b.c a.*\n")).toEqual([
    "crm.deals.won",
    "a.*",
    "b.c",
  ]);
  expect(topicsIn("  ")).toEqual([]);
});
