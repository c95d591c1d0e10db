import { expect, it } from "vitest";
import { sizeText } from "./size.ts";

it.each([
  [12, "12 byte"],
  [1500, "1.5 kB"],
  [2_000_000, "2 MB"],
])("says how large %s bytes are", (bytes, text) => {
  expect(sizeText(bytes, "en")).toBe(text);
});
