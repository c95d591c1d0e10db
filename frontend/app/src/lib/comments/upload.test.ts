import { expect, it } from "vitest";
import { contentOf, sizeText } from "./upload.ts";

it("writes bytes as base64", async () => {
  expect(await contentOf(new Blob([new Uint8Array([0, 255, 65])]))).toBe("AP9B");
});

it.each([
  [12, "12 byte"],
  [1500, "1.5 kB"],
  [2_000_000, "2 MB"],
])("says how large %s bytes are", (bytes, text) => {
  expect(sizeText(bytes, "en")).toBe(text);
});
