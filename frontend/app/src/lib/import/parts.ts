/** Calls that are too much for one request, as several. */

import { Problem } from "#lib/api/problem.ts";
import type { Call, Result } from "#lib/records/batch.ts";

const TOO_LARGE = 413;

/**
 * What `send` answers for all calls. Where they are too large together, they go by halves, each
 * under a key of its own, which is the same each time; one that is too large alone is refused.
 */
export async function inParts(
  calls: Call[],
  key: string,
  send: (calls: Call[], key: string) => Promise<Result[]>,
): Promise<Result[]> {
  try {
    return await send(calls, key);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== TOO_LARGE) throw error;
    if (calls.length === 1) return [{ status: TOO_LARGE, body: { detail: error.message } }];
    const half = Math.ceil(calls.length / 2);
    const first = await inParts(calls.slice(0, half), `${key}a`, send);
    return [...first, ...(await inParts(calls.slice(half), `${key}b`, send))];
  }
}
