/** `/graphql` in a browser: GraphiQL on the GraphQL endpoint of this daemon. */

import { GraphiQL } from "graphiql";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { openBar } from "./bar.ts";
import { Session } from "./session.ts";

const ENDPOINT = "/graphql";
const FIRST_QUERY = "# Sign in above; then Ctrl-Space shows what there is.\n{ __typename }\n";

interface Operation {
  query: string;
  operationName?: string | null | undefined;
  variables?: unknown;
}

const session = new Session();
const viewer = document.getElementById("viewer");
if (viewer === null) throw new Error("The page has no viewer.");
const root = createRoot(viewer);

openBar(session);
session.onChange(show);
show();

/** Show GraphiQL. Who signs in gets a new one, which asks for the schema anew. */
function show(): void {
  const known = session.username === null ? { schema: null } : {};
  const key = session.username ?? "nobody";
  root.render(createElement(GraphiQL, { key, fetcher: run, defaultQuery: FIRST_QUERY, ...known }));
}

async function run(
  { query, operationName, variables }: Operation,
  options?: { headers?: Record<string, string> },
): Promise<object> {
  const token = await session.token();
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...options?.headers,
    },
    body: JSON.stringify({ query, operationName, variables }),
  });
  return response.json();
}
