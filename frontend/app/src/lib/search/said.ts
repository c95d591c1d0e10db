/** Conditions in words: `Stage is Won`. */

import type { Condition, Model } from "#lib/contract/types.ts";
import { textOf } from "#lib/fields/show.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { rulesFor, type Item } from "./rules.ts";
import { needsValue, valueField } from "./words.ts";

/** What a condition says, for people. */
export function said(model: Model, condition: Condition): string {
  const { any, rules } = rulesFor(model, [condition]);
  return joined(model, rules, any);
}

function joined(model: Model, rules: Item[], any: boolean): string {
  const between = ` ${t(any ? "filter.or" : "filter.and")} `;
  return rules.map((item) => words(model, item)).join(between);
}

function words(model: Model, item: Item): string {
  if ("fixed" in item) return t("filter.special");
  if ("rules" in item) return `(${joined(model, item.rules, item.any)})`;
  const field = model.fields.find((each) => each.name === item.field);
  if (field === undefined) return t("filter.special");
  const word = t(`word.${item.word}`);
  if (!needsValue(item.word)) return `${field.label} ${word}`;
  const value = textOf(valueField(field, item.word), item.value);
  const dots = word.includes("…");
  return `${field.label} ${dots ? word.replace("…", value) : `${word} ${value}`}`;
}
