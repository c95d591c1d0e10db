/** What somebody writes of a user. */

import type { User } from "./users.ts";

export interface Draft {
  username: string;
  password: string;
  roles: string[];
  companies: string[];
  company_id: string | null;
}

export function draftOf(user: User | null): Draft {
  return {
    username: user?.username ?? "",
    password: "",
    roles: [...(user?.roles ?? [])],
    companies: [...(user?.companies ?? [])],
    company_id: user?.company_id ?? null,
  };
}

export type Change = Partial<Pick<User, "active" | "roles" | "companies">> & {
  company_id?: string;
};

/** What is another in `draft` than in `user`: nobody may be asked for more than that. */
export function changeOf(user: User, draft: Draft): Change {
  const change: Change = {};
  if (!same(user.roles, draft.roles)) change.roles = draft.roles;
  if (!same(user.companies, draft.companies)) change.companies = draft.companies;
  if (draft.company_id !== null && draft.company_id !== user.company_id) {
    change.company_id = draft.company_id;
  }
  return change;
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one) => right.includes(one));
}
