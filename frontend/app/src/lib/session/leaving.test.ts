import { expect, it } from "vitest";
import { guardLeaving, leaveScreen } from "./leaving.ts";

it("leaves at once, unless somebody has to agree", () => {
  let [left, agreed] = [0, (): void => undefined];
  const go = () => void left++;
  const forget = guardLeaving((leave) => {
    agreed = leave;
    return true;
  });
  leaveScreen(go);
  expect(left).toBe(0);
  agreed();
  expect(left).toBe(1);
  forget();
  leaveScreen(go);
  expect(left).toBe(2);
});
