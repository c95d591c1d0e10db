import { expect, it } from "vitest";
import { contentOf } from "./upload.ts";

it("writes bytes as base64", async () => {
  expect(await contentOf(new Blob([new Uint8Array([0, 255, 65])]))).toBe("AP9B");
});
