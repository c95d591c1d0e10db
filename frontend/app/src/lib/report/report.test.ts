import { describe, expect, it } from "vitest";
import type { Field, Report } from "#lib/contract/types.ts";
import { currencyOf, factsOf, rowsOf, sectionsOf } from "./columns.ts";
import { conditions, handedOn } from "./drill.ts";
import { askedOf, fieldValue, missing, queryText } from "./parameters.ts";
import { pointed, replaced } from "./pointer.ts";

const field = (name: string, more: Partial<Field> = {}) => ({ name, ...more }) as Field;
const plain = {
  sections: [],
  facts: [],
  parameters: [field("date", { required: true }), field("party_id"), field("cursor")],
  paged: { by: "cursor", next: "/next_cursor", parameters: ["cursor"] },
} as Partial<Report> as Report;
const answer = {
  date: "2026-03-01",
  currency: "EUR",
  items: [{ id: "1", account_id: "2", name: "Cash", due_on: "2026-01-01", amount: "1.50" }],
  lines: [],
  totals: { amount: "1.50" },
  next_cursor: null,
};

describe("pointers", () => {
  it.each([
    ["", answer],
    ["/totals/amount", "1.50"],
    ["/items/0/name", "Cash"],
    ["/items/1/name", undefined],
    ["/toString", undefined],
    ["/date/length", undefined],
  ])("%s", (pointer, expected) => expect(pointed(answer, pointer)).toEqual(expected));

  it("know slashes and tildes in names", () => {
    expect(pointed({ "a/b": { "~": 1 } }, "/a~1b/~0")).toBe(1);
  });

  it("replace one place, and leave the answer as it was", () => {
    const both = { a: { b: [1], c: 2 } };
    expect(replaced(both, "/a/b", [1, 2])).toEqual({ a: { b: [1, 2], c: 2 } });
    expect(both.a.b).toEqual([1]);
  });
});

describe("cells", () => {
  const column = (name: string, more: object) =>
    ({ field: name, label: name, kind: "text", ...more }) as const;
  const told = {
    sections: [
      { columns: [column("document.currency", { kind: "currency" })] },
      { columns: [column("currency", { kind: "currency" })] },
    ],
    facts: [],
  } as object as Report;

  it("find the currency of a row as deep as it stands", () => {
    expect(currencyOf(told, {}, { document: { currency: "EUR" } })).toBe("EUR");
    expect(currencyOf(told, {}, { currency: "USD" })).toBe("USD");
    expect(currencyOf(told, { currency: "CHF" }, {})).toBe("CHF");
  });

  it("are handed on and looked for as deep as they stand", () => {
    const row = { document: { id: "7" } };
    expect(handedOn({ id: "document.id" }, row, {})).toEqual({ id: "7" });
    expect(conditions({ id: "document.id" }, row)).toEqual([
      { field: "id", op: "eq", value: "7" },
    ]);
  });
});

describe("a report without declared sections", () => {
  it("shows each array that has rows as a table, ids left out", () => {
    const [section, ...others] = sectionsOf(plain, answer);
    expect(others).toEqual([]);
    expect(section).toMatchObject({ title: "", at: "/items" });
    expect(section?.columns.map((each) => [each.label, each.kind])).toEqual([
      ["Name", "text"],
      ["Due on", "date"],
      ["Amount", "decimal"],
    ]);
    expect(section && rowsOf(section, answer)).toBe(answer.items);
  });

  it("shows single values as facts", () => {
    expect(factsOf(plain, answer).map((fact) => fact.at)).toEqual(["/date", "/currency"]);
  });
});

it("finds the currency in the row, then in the answer", () => {
  expect(currencyOf(plain, answer, { currency: "USD" })).toBe("USD");
  expect(currencyOf(plain, answer)).toBe("EUR");
  expect(currencyOf(plain, {})).toBeNull();
});

describe("parameters", () => {
  it("are what the address says of those that there are", () => {
    const asked = askedOf(plain, new URLSearchParams("party_id=7&cursor=x&other=1&date="));
    expect(asked).toEqual({ party_id: "7" });
    expect(missing(plain, asked).map((each) => each.name)).toEqual(["date"]);
  });

  it("are read as they were written", () => {
    const tags = field("tags", { kind: "tags" });
    expect(queryText(["a", "b"])).toBe("a,b");
    expect(fieldValue(tags, "a,b")).toEqual(["a", "b"]);
    expect(fieldValue(field("open", { kind: "boolean" }), "true")).toBe(true);
    expect(fieldValue(tags, undefined)).toBeNull();
  });
});

describe("a row", () => {
  const row = { account_id: "a1", party: null, count: 2 };

  it("hands on its columns, and the parameters of its report", () => {
    const wanted = {
      account_id: "account_id",
      date: "?date",
      from: "?from",
      party: "party",
    };
    expect(handedOn(wanted, row, { date: "2026-03-01" })).toEqual({
      account_id: "a1",
      date: "2026-03-01",
    });
  });

  it("leads to the records that have what it has, or have nothing", () => {
    expect(conditions({ account: "account_id", party_id: "party" }, row)).toEqual([
      { field: "account", op: "eq", value: "a1" },
      { field: "party_id", op: "is", value: null },
    ]);
  });
});
