import { expect, test } from "vitest";
import { device } from "./device.ts";

test("a browser and its system are told in short", () => {
  const chrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
  expect(device(chrome)).toBe("Chrome, Windows");
  expect(device(`${chrome} Edg/140.0.0.0`)).toBe("Edge, Windows");
  expect(device("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Firefox/143.0")).toBe(
    "Firefox, Linux",
  );
});

test("what is no browser is told as it is", () => {
  expect(device("curl/8.14.1")).toBe("curl/8.14.1");
});
