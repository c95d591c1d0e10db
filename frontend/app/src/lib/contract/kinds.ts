/** What kinds of fields have in common. */

import type { Kind } from "./types.ts";

/** Kinds whose values have no other form than that of JSON. */
export const STRUCTURED: ReadonlySet<Kind> = new Set(["json", "object", "list"]);
