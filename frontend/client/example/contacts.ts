/** A tour of the API: sign in, create, list, change, and be refused. */

import { connect, tag } from "@eerp/client";
import type { Api, Problem } from "@eerp/client";

export interface Told {
  created: string | null;
  listed: (string | null)[];
  phone: string | null;
  refusal: Pick<Problem, "status" | "code">;
}

export async function tour(
  baseUrl: string,
  username: string,
  password: string,
): Promise<Told> {
  const api = await signIn(baseUrl, username, password);
  const ada = await create(api, "Ada", "Lovelace");
  const listed = await list(api, "ilike.*love*");
  const changed = await call(ada.id, ada.version, "+44 20 7946 0000", api);
  if (changed.error) throw new Error(changed.error.detail);

  // The version that was read first is not the newest any more: 412.
  const late = await call(ada.id, ada.version, "+44 20 7946 0001", api);
  if (!late.error) throw new Error("An old version was taken.");
  const { status, code } = late.error;

  const refusal = { status, code };
  const phone = changed.data.phone;
  return { created: ada.last_name, listed, phone, refusal };
}

async function signIn(baseUrl: string, username: string, password: string) {
  const { data, error } = await connect({ baseUrl }).POST("/api/auth/login", {
    body: { username, password },
  });
  if (error) throw new Error(error.detail);
  return connect({ baseUrl, token: () => data.access_token });
}

async function create(api: Api, firstName: string, lastName: string) {
  const { data, error } = await api.POST("/api/crm/contacts", {
    body: { first_name: firstName, last_name: lastName },
  });
  if (error) throw new Error(error.detail);
  return data;
}

async function list(api: Api, lastName: string) {
  const { data, error } = await api.GET("/api/crm/contacts", {
    params: { query: { last_name: lastName, order: "last_name.asc", limit: 10 } },
  });
  if (error) throw new Error(error.detail);
  return data.items.map((contact) => contact.last_name);
}

function call(id: string, version: number, phone: string, api: Api) {
  return api.PATCH("/api/crm/contacts/{id}", {
    params: { path: { id }, header: { "If-Match": tag(version) } },
    body: { phone },
  });
}
