import type { views as english } from "../en/views.ts";

export const views: Record<keyof typeof english, string> = {};
