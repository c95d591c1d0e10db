/** Conditions as somebody makes them: rules, with groups of rules among them. */

import type { Condition, Model } from "#lib/contract/types.ts";
import { conditionOf, valueOf, wordsOf, type Word } from "./words.ts";

export interface Rule {
  field: string;
  word: Word;
  value: unknown;
}

/** Rules of which all must hold, or any. */
export interface Bundle {
  any: boolean;
  rules: Item[];
}

/** A condition that cannot be said in such words; it can only be kept or left out. */
export interface Fixed {
  fixed: Condition;
}

export type Item = Rule | Bundle | Fixed;

/** The conditions that all have to hold. What is not complete is left out. */
export function conditionsFor({ any, rules }: Bundle): Condition[] {
  const made = rules.flatMap((rule) => conditionFor(rule) ?? []);
  return any && made.length > 1 ? [{ or: made }] : made;
}

function conditionFor(item: Item): Condition | null {
  if ("fixed" in item) return item.fixed;
  if (!("rules" in item)) return conditionOf(item.field, item.word, item.value);
  const made = item.rules.flatMap((rule) => conditionFor(rule) ?? []);
  const [only] = made;
  if (only === undefined || made.length === 1) return only ?? null;
  return item.any ? { or: made } : { and: made };
}

/** The rules that say the same as `conditions`. */
export function rulesFor(model: Model, conditions: Condition[]): Bundle {
  const [only] = conditions;
  if (conditions.length === 1 && only !== undefined && "or" in only) {
    return { any: true, rules: only.or.map((each) => itemOf(model, each, 1)) };
  }
  return { any: false, rules: conditions.map((each) => itemOf(model, each, 1)) };
}

function itemOf(model: Model, condition: Condition, deeper: number): Item {
  const rule = ruleOf(model, condition);
  if (rule !== null) return rule;
  const inner =
    "or" in condition ? condition.or : "and" in condition ? condition.and : null;
  if (inner === null || deeper === 0) return { fixed: condition };
  return {
    any: "or" in condition,
    rules: inner.map((each) => itemOf(model, each, deeper - 1)),
  };
}

/** The one rule that says what `condition` does; null where no words do. */
export function ruleOf(model: Model, condition: Condition): Rule | null {
  const name = fieldOf(condition);
  const field = model.fields.find((each) => each.name === name);
  if (field === undefined) return null;
  const said = JSON.stringify(condition);
  for (const word of wordsOf(model, field)) {
    const value = valueOf(word, condition);
    const same = JSON.stringify(conditionOf(field.name, word, value)) === said;
    if (same) return { field: field.name, word, value };
  }
  return null;
}

function fieldOf(condition: Condition): string | undefined {
  if ("field" in condition) return condition.field;
  const [first] =
    "not" in condition ? [condition.not] : "and" in condition ? condition.and : [];
  return first !== undefined && "field" in first ? first.field : undefined;
}
