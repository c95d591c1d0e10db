/** How a field can be compared, in words: `contains`, `before`, `in the last … days`. */

import type { Condition, Field, Kind, Model, Value } from "#lib/contract/types.ts";

export type Word =
  | "is" | "isnt" | "contains" | "lacks" | "begins" | "gt" | "gte" | "lt" | "lte"
  | "before" | "since" | "until" | "after" | "past" | "coming" | "has" | "lacksTag"
  | "yes" | "no" | "me" | "ours" | "empty" | "filled"; // prettier-ignore

const EMPTINESS: Word[] = ["empty", "filled"];
const TEXT: Word[] = ["contains", "lacks", "is", "isnt", "begins", ...EMPTINESS];
const NUMBER: Word[] = ["is", "isnt", "gt", "gte", "lt", "lte", ...EMPTINESS];
const DAY: Word[] = [
  "is",
  "before",
  "since",
  "until",
  "after",
  "past",
  "coming",
  ...EMPTINESS,
];
const MOMENT: Word[] = ["before", "since", "past", "coming", ...EMPTINESS];
const SAME: Word[] = ["is", "isnt", ...EMPTINESS];

const WORDS: Partial<Record<Kind, Word[]>> = {
  text: TEXT,
  multiline: TEXT,
  email: TEXT,
  phone: TEXT,
  url: TEXT,
  boolean: ["yes", "no"],
  integer: NUMBER,
  decimal: NUMBER,
  money: NUMBER,
  percent: NUMBER,
  date: DAY,
  datetime: MOMENT,
  tags: ["has", "lacksTag"],
  uuid: ["me", ...SAME],
  json: [],
  bytes: [],
};

/** The words for a field, the most usual first. */
export function wordsOf(model: Model, field: Field): Word[] {
  const words = WORDS[field.kind] ?? SAME;
  const kept = field.nullable ? words : words.filter((word) => !EMPTINESS.includes(word));
  return field.name === model.company ? ["ours", ...kept] : kept;
}

/** The fields of a model that somebody may filter by. */
export function filterable(model: Model): Field[] {
  return model.fields.filter(
    (field) => field.filterable && field.name !== "id" && wordsOf(model, field).length > 0,
  );
}

const WITHOUT = new Set<Word>(["yes", "no", "me", "ours", "empty", "filled"]);

/** Whether a word needs something to compare with. */
export function needsValue(word: Word): boolean {
  return !WITHOUT.has(word);
}

/** The field as which the value beside `word` is typed. */
export function valueField(field: Field, word: Word): Field {
  const plain = { ...field, nullable: true, readonly: false };
  if (word === "past" || word === "coming")
    return { ...plain, kind: "integer", type: "integer" };
  const part = word === "contains" || word === "lacks" || word === "begins";
  return part || field.kind === "tags" ? { ...plain, kind: "text" } : plain;
}

/** What `field word value` means; nothing as long as the value is not there. */
export function conditionOf(field: string, word: Word, value: unknown): Condition | null {
  if (needsValue(word) && (value === null || value === undefined || value === ""))
    return null;
  const text = value as string;
  switch (word) {
    case "is":
      return { field, op: "eq", value: text };
    case "isnt":
      return { field, op: "isdistinct", value: text };
    case "contains":
      return { field, op: "ilike", value: `*${text}*` };
    case "lacks":
      return { not: { field, op: "ilike", value: `*${text}*` } };
    case "begins":
      return { field, op: "ilike", value: `${text}*` };
    case "past":
      return between(field, -Number(value), 0);
    case "coming":
      return between(field, 0, Number(value));
    case "has":
      return { field, op: "cs", value: [text] };
    case "lacksTag":
      return { not: { field, op: "cs", value: [text] } };
    case "me":
      return { field, op: "eq", value: { identity: "user_id" } };
    case "ours":
      return { field, op: "eq", value: { identity: "company_id" } };
    case "yes":
    case "no":
      return { field, op: "eq", value: word === "yes" };
    case "empty":
      return { field, op: "is", value: null };
    case "filled":
      return { field, op: "is", value: "not_null" };
    default:
      return { field, op: COMPARED[word], value: text };
  }
}

const COMPARED = {
  gt: "gt",
  gte: "gte",
  lt: "lt",
  lte: "lte",
  before: "lt",
  since: "gte",
  until: "lte",
  after: "gt",
} as const;

/** From one day to another, that one included; days are counted from today. */
function between(field: string, from: number, to: number): Condition {
  return {
    and: [
      { field, op: "gte", value: { today: from } },
      { field, op: "lt", value: { today: to + 1 } },
    ],
  };
}

/** What stands beside the word, in a condition that says `field word value`. */
export function valueOf(word: Word, condition: Condition): unknown {
  if ("not" in condition) return valueOf(word, condition.not);
  if ("and" in condition) return days(word, condition.and);
  if ("or" in condition || condition.value === undefined) return null;
  return plain(word, condition.value);
}

function plain(word: Word, value: Value): unknown {
  if (word === "has" || word === "lacksTag") return Array.isArray(value) ? value[0] : null;
  if (typeof value !== "string") return value;
  if (word === "contains" || word === "lacks") return value.replace(/^\*|\*$/g, "");
  return word === "begins" ? value.replace(/\*$/, "") : value;
}

function days(word: Word, parts: Condition[]): number | null {
  const told = parts.map((part) => ("field" in part ? part.value : null));
  const [from, to] = told.map((value) =>
    typeof value === "object" && value !== null && "today" in value ? value.today : null,
  );
  if (typeof from !== "number" || typeof to !== "number") return null;
  return word === "past" ? -from : to - 1;
}
