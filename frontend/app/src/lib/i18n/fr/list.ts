import type { list as english } from "../en/list.ts";

export const list: Record<keyof typeof english, string> = {};
