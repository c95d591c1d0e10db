/** What people say about a record: the core keeps it, for records of any model. */

import { request } from "#lib/api/request.ts";
import type { Page } from "#lib/records/records.ts";

export interface Comment {
  id: string;
  text: string;
  created_at: string;
  updated_at: string | null;
  user_id: string | null;
  username: string | null;
  /** Whether the caller wrote it, and so may change it. */
  mine: boolean;
}

const PATH = "/api/comments";

export async function commentsOf(
  model: string,
  record_id: string,
  cursor?: string,
): Promise<Page<Comment>> {
  const query = { model, record_id, ...(cursor === undefined ? {} : { cursor }) };
  return (await request<Page<Comment>>("GET", PATH, { query })).data;
}

export async function say(
  model: string,
  record_id: string,
  text: string,
): Promise<Comment> {
  const body = { model, record_id, text };
  return (await request<Comment>("POST", PATH, { body })).data;
}

export async function reword(id: string, text: string): Promise<Comment> {
  return (await request<Comment>("PATCH", `${PATH}/${id}`, { body: { text } })).data;
}

export async function unsay(id: string): Promise<void> {
  await request("DELETE", `${PATH}/${id}`);
}
