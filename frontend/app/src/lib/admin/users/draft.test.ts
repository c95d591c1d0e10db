import { expect, test } from "vitest";
import { changeOf, draftOf } from "./draft.ts";
import type { User } from "./users.ts";

const USER: User = {
  id: "1",
  username: "ann",
  active: true,
  roles: ["seller", "clerk"],
  companies: ["a", "b"],
  company_id: "a",
  created_at: "2026-01-01T00:00:00Z",
  last_login_at: null,
};

test("nothing is asked for when nothing was changed", () => {
  expect(changeOf(USER, draftOf(USER))).toEqual({});
  expect(changeOf(USER, { ...draftOf(USER), roles: ["clerk", "seller"] })).toEqual({});
});

test("only what is another is asked for", () => {
  const draft = { ...draftOf(USER), roles: ["clerk"], company_id: "b" };
  expect(changeOf(USER, draft)).toEqual({ roles: ["clerk"], company_id: "b" });
});

test("a draft does not change the user", () => {
  draftOf(USER).roles.push("admin");
  expect(USER.roles).toEqual(["seller", "clerk"]);
});
