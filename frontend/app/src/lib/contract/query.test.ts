import { expect, it } from "vitest";
import { called, displayPaths, fieldsOf, selection } from "./display.ts";
import { filterText } from "./query.ts";
import type { Caller } from "./condition.ts";
import type { Model } from "./types.ts";

const caller: Caller = { user_id: "u1", username: "ann", company_id: null, companies: [] };

it("writes conditions in the grammar of lists", () => {
  const text = filterText(
    [
      { field: "name", op: "ilike", value: '*a,"b"*' },
      {
        or: [
          { field: "state", op: "in", value: ["a", "b c", "d,e"] },
          { field: "x", op: "is" },
        ],
      },
      { not: { field: "company.name", op: "eq", value: "Acme" } },
      { not: { and: [{ field: "tags", op: "cs", value: ["a"] }] } },
    ],
    caller,
  );
  expect(text).toBe(
    '(name.ilike."*a,\\"b\\"*",or(state.in.(a,b c,"d,e"),x.is.null),' +
      "company.name.not.eq.Acme,not.and(tags.cs.{a}))",
  );
});

it("fills in who asks", () => {
  const mine = {
    field: "owner_id",
    op: "eq" as const,
    value: { identity: "user_id" as const },
  };
  expect(filterText([mine], caller)).toBe("(owner_id.eq.u1)");
  expect(filterText([], caller)).toBeNull();
});

it("selects what templates show, each relation once", () => {
  const company = { display: "{name} {city}" } as Model;
  expect(fieldsOf("{number} {company.name}")).toEqual(["number", "company.name"]);
  expect(selection(["id", "company.name", ...displayPaths("company", company)])).toBe(
    "id,company(name,id,city)",
  );
  expect(selection(["extensions.loyalty.points"])).toBe("extensions");
});

it("calls a record by its template, without gaps", () => {
  expect(
    called("{number} {company.name}", { number: null, company: { name: "Acme" } }),
  ).toBe("Acme");
});
