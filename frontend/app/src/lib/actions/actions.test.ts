import { describe, expect, it } from "vitest";
import type { Action, Field } from "#lib/contract/types.ts";
import { askedOf, begun, callOf, isOfOne } from "./call.ts";

const field = (name: string, more: Partial<Field> = {}) =>
  ({ name, kind: "text", default: null, ...more }) as Field;
const action = (more: Partial<Action>) =>
  ({ method: "POST", path: "/api/x/things/{id}/do", fields: [], ...more }) as Action;
const ROW = { id: "7", version: 3, party_id: "p" };

describe("callOf", () => {
  it("puts the record into the path, and the rest into the body", () => {
    const call = callOf(action({}), ROW, { reason: "late", note: undefined });
    expect(call).toMatchObject({ path: "/api/x/things/7/do", body: { reason: "late" } });
    expect(call.headers).toEqual({});
  });

  it("sends no body where there is nothing to say", () => {
    expect(callOf(action({}), ROW, {}).body).toBeUndefined();
  });

  it("puts what was written into other places of the path", () => {
    const path = "/api/x/things/{id:uuid}/parts/{part}";
    expect(callOf(action({ path }), ROW, { part: "a/b" }).path).toBe(
      "/api/x/things/7/parts/a%2Fb",
    );
  });

  it("asks a GET by its query, and names a version where it replaces something", () => {
    const read = callOf(action({ method: "GET" }), ROW, { day: "2026-01-01" });
    expect(read).toMatchObject({ query: { day: "2026-01-01" }, body: undefined });
    expect(callOf(action({ method: "DELETE" }), ROW, {}).headers).toEqual({
      "if-match": '"3"',
    });
  });
});

describe("begun", () => {
  const told = action({
    path: "/api/x/pay",
    fields: [
      field("things", { kind: "references" }),
      field("party"),
      field("day", { default: 1 }),
    ],
    fill: { things: "id", party: "party_id" },
  });

  it("starts with defaults and what the records have", () => {
    expect(begun(told, [ROW, { ...ROW, id: "8" }])).toEqual({
      things: ["7", "8"],
      party: "p",
      day: 1,
    });
  });

  it("knows what is done with each record by itself", () => {
    expect(isOfOne(told)).toBe(false);
    expect(isOfOne(action({}))).toBe(true);
    expect(askedOf(action({ fields: [field("id"), field("why")] }))).toHaveLength(1);
  });
});
