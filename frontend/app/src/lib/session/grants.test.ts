import { expect, test } from "vitest";
import { grantOf, grantsFor } from "./grants.ts";

test("a permission is given by itself, by write, and by stars", () => {
  expect(grantsFor("crm.companies.update")).toEqual([
    "crm.companies.update",
    "crm.companies.write",
    "crm.companies.*",
    "crm.*",
    "*",
  ]);
});

test("write does not read", () => {
  expect(grantOf("crm.companies.read", ["crm.companies.write"])).toBeNull();
  expect(grantOf("crm.companies.delete", ["crm.companies.write"])).toBe(
    "crm.companies.write",
  );
});

test("the narrowest grant is told", () => {
  expect(grantOf("crm.companies.read", ["*", "crm.*", "hr.*"])).toBe("crm.*");
  expect(grantOf("payroll.runs.read", ["crm.*", "pay.*"])).toBeNull();
});

test("a star covers what a grant with a star would give", () => {
  expect(grantOf("crm.*", ["*"])).toBe("*");
  expect(grantOf("crm.companies.*", ["crm.*"])).toBe("crm.*");
});
