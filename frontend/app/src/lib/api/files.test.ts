import { expect, it } from "vitest";
import { fileName } from "./files.ts";

it("takes the name of a file from the daemon", () => {
  expect(fileName("attachment; filename*=UTF-8''a%20%C3%A9.pdf", "x")).toBe("a é.pdf");
  expect(fileName('inline; filename="INV-1.pdf"', "x")).toBe("INV-1.pdf");
  expect(fileName(null, "x")).toBe("x");
});
