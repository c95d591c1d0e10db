/** The core's own routes, typed by its OpenAPI document. */

import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";
import { send } from "./request.ts";

/** `core.GET("/api/modules")`: errors are thrown as `Problem`s. */
export const core = createClient<paths>({ baseUrl: "", fetch: through });

/** What the core answered; nothing where it answers nothing. */
export async function answered<T>(asked: Promise<{ data?: T }>): Promise<T> {
  return (await asked).data as T;
}

async function through(asked: Request): Promise<Response> {
  const url = new URL(asked.url, location.origin);
  const text = await asked.text();
  return send(asked.method, url.pathname, {
    query: url.searchParams,
    headers: keptHeaders(asked.headers),
    ...(text === "" ? {} : { body: JSON.parse(text) as unknown }),
  });
}

function keptHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name !== "content-type"));
}
