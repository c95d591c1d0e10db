/** The texts of the screens that are nobody's but ours. `{name}` is filled in. */

import { admin } from "./en/admin.ts";
import { app } from "./en/app.ts";
import { form } from "./en/form.ts";
import { list } from "./en/list.ts";
import { views } from "./en/views.ts";

export const en = { ...app, ...list, ...form, ...views, ...admin } as const;

export type Key = keyof typeof en;
