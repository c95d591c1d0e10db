import { expect, it } from "vitest";
import { fingerprint } from "./fingerprint.ts";
import { decoded } from "#lib/api/files.ts";
import { csv, tablesOf } from "./read.ts";

it("reads the signs between cells", async () => {
  expect(await csv("a;b\r\n1,5;x\r\n")).toMatchObject({
    decimal: ",",
    rows: [["a", "b"], ["1,5", "x"], [""]],
  });
  expect((await csv("a,b\n1.5,x")).decimal).toBe(".");
  expect((await csv('a\tb\n"two\nlines"\tx')).rows[1]).toEqual(["two\nlines", "x"]);
});

it("says which row cannot be read", async () => {
  await expect(csv('a,b\n1,"x')).rejects.toMatchObject({ line: 2 });
});

it("knows the usual encodings", () => {
  const windows = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
  const utf16 = Uint8Array.of(0xff, 0xfe, 0xe9, 0);
  const utf8 = new TextEncoder().encode("\ufeffcafé");
  expect([windows, utf16, utf8].map(decoded)).toEqual(["café", "é", "café"]);
});

it("passes over empty rows, and still knows where the others stand", async () => {
  const file = new File(["\n Name ,Town\n\nAcme,Paris\n,\nBolt,Lyon"], "towns.csv");
  const [table] = await tablesOf(file, "en-GB");
  expect(table).toMatchObject({
    name: "towns.csv",
    columns: ["Name", "Town"],
    rows: [
      { line: 4, cells: ["Acme", "Paris"] },
      { line: 6, cells: ["Bolt", "Lyon"] },
    ],
    style: { decimal: ".", days: "dmy" },
  });
});

it("tells contents apart, also those that differ by little", () => {
  const all = ["", "a", "b", "ab", "ba", "a\0", "Company 1", "Company 2"].map(fingerprint);
  expect(new Set(all).size).toBe(all.length);
  expect(fingerprint("a")).toBe(fingerprint(Uint8Array.of(97)));
});
