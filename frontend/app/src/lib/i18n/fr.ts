import type { Key } from "./en.ts";
import { admin } from "./fr/admin.ts";
import { app } from "./fr/app.ts";
import { form } from "./fr/form.ts";
import { list } from "./fr/list.ts";
import { views } from "./fr/views.ts";

export const fr: Record<Key, string> = { ...app, ...list, ...form, ...views, ...admin };
