import { expect, it } from "vitest";
import { Problem } from "#lib/api/problem.ts";
import type { Call, Result } from "#lib/records/batch.ts";
import { inParts } from "./parts.ts";

const LIMIT = 10;
const calls = (...sizes: number[]) =>
  sizes.map((size): Call => ({ method: "POST", path: "/", body: size }));
const sizeOf = (all: Call[]) => all.reduce((sum, { body }) => sum + Number(body), 0);

it("halves what is too large, in order and under keys that stay the same", async () => {
  const sent: [string, number][] = [];
  const send = (all: Call[], key: string): Promise<Result[]> => {
    if (sizeOf(all) > LIMIT)
      return Promise.reject(new Problem(413, { detail: "Too large." }));
    sent.push([key, all.length]);
    return Promise.resolve(all.map(({ body }) => ({ status: 201, body })));
  };
  const results = await inParts(calls(4, 4, 4, 11, 1), "k", send);
  expect(results.map(({ status }) => status)).toEqual([201, 201, 201, 413, 201]);
  expect(sent).toEqual([
    ["kaa", 2],
    ["kab", 1],
    ["kbb", 1],
  ]);
});

it("passes other refusals on", async () => {
  const send = () => Promise.reject(new Problem(403, {}));
  await expect(inParts(calls(1, 1), "k", send)).rejects.toMatchObject({ status: 403 });
});
