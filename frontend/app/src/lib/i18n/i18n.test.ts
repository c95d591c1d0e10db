import { expect, it } from "vitest";
import { en } from "./en.ts";
import { fr } from "./fr.ts";

const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

it.each(Object.keys(en) as (keyof typeof en)[])("%s is said in French, too", (key) => {
  expect(fr[key].trim()).not.toBe("");
  expect(holes(fr[key])).toEqual(holes(en[key]));
});
