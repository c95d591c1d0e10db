/** Users, as the core has them. */

import { answered, core } from "#lib/api/client.ts";
import type { components } from "#lib/api/schema.d.ts";
import type { Change, Draft } from "./draft.ts";

export type User = components["schemas"]["Users.User"];
export type Session = Awaited<ReturnType<typeof sessions>>[number];

export async function page(q: string, cursor?: string) {
  const query = { ...(q === "" ? {} : { q }), ...(cursor === undefined ? {} : { cursor }) };
  return answered(core.GET("/api/users", { params: { query } }));
}

/** Adds a user; answers the password, where one was made. */
export async function add(draft: Draft): Promise<string | null> {
  const { username, password, roles, companies, company_id } = draft;
  const body = {
    username,
    roles,
    ...(password === "" ? {} : { password }),
    ...(companies.length === 0 ? {} : { companies }),
    ...(company_id === null ? {} : { company_id }),
  };
  return (await answered(core.POST("/api/users", { body }))).password ?? null;
}

export async function change(id: string, body: Change): Promise<void> {
  if (Object.keys(body).length === 0) return;
  await core.PATCH("/api/users/{id}", { params: { path: { id } }, body });
}

/** Gives a user another password; answers it, where it was made. */
export async function setPassword(id: string, password: string): Promise<string | null> {
  const body = password === "" ? {} : { password };
  const path = { path: { id } };
  const told = core.POST("/api/users/{id}/password", { params: path, body });
  return (await answered(told)).password ?? null;
}

export async function sessions(id: string) {
  const params = { path: { id } };
  return (await answered(core.GET("/api/users/{id}/sessions", { params }))).items;
}

export async function endSession(id: string): Promise<void> {
  await core.DELETE("/api/sessions/{id}", { params: { path: { id } } });
}
