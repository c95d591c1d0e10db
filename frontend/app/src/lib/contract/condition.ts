/** Conditions on records, as the contract has them: judged here, by data alone. */

import type { Condition, Operator, Value } from "./types.ts";

export interface Caller {
  user_id: string | null;
  username: string | null;
  company_id: string | null;
  companies: string[];
}

export type Values = Record<string, unknown>;

/** Whether `condition` holds of `record`. A value that is not there equals nothing. */
export function holds(condition: Condition, record: Values, caller: Caller): boolean {
  if ("and" in condition) return condition.and.every((part) => holds(part, record, caller));
  if ("or" in condition) return condition.or.some((part) => holds(part, record, caller));
  if ("not" in condition) return !holds(condition.not, record, caller);
  const value = resolved(condition.value ?? null, caller);
  return compare(condition.op, at(record, condition.field), value);
}

/** What a value of a condition is for this caller, on this day. */
export function resolved(value: Value, caller: Caller): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  if ("identity" in value) return caller[value.identity];
  return day(value.today);
}

/** The date so many days from today, `2026-03-01`, where the user is. */
export function day(offset: number, now = new Date()): string {
  const moved = new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${moved.getFullYear()}-${two(moved.getMonth() + 1)}-${two(moved.getDate())}`;
}

/** What lies at a path such as `company.name` or `extensions.loyalty.points`. */
export function at(record: Values, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), record);
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null;
}

function compare(op: Operator, left: unknown, right: unknown): boolean {
  if (op === "is") return isSo(left, right);
  if (op === "isdistinct") return !same(left ?? null, right ?? null);
  if (left === null || left === undefined) return false;
  switch (op) {
    case "eq":
      return same(left, right);
    case "neq":
      return right !== null && !same(left, right);
    case "in":
      return list(right).some((one) => same(left, one));
    case "gt":
      return order(left, right) > 0;
    case "gte":
      return order(left, right) >= 0;
    case "lt":
      return order(left, right) < 0;
    case "lte":
      return order(left, right) <= 0;
    case "like":
      return pattern(String(right), "u").test(String(left));
    case "ilike":
      return pattern(String(right), "iu").test(String(left));
    case "cs":
      return list(right).every((one) => list(left).some((other) => same(one, other)));
    case "cd":
      return list(left).every((one) => list(right).some((other) => same(one, other)));
    case "ov":
      return list(left).some((one) => list(right).some((other) => same(one, other)));
  }
}

function isSo(left: unknown, right: unknown): boolean {
  const nothing = left === null || left === undefined;
  if (right === null) return nothing;
  if (right === "not_null") return !nothing;
  return left === right;
}

function same(left: unknown, right: unknown): boolean {
  return left === right || order(left, right) === 0;
}

/** Less than, equal to or greater than 0; NaN where there is no order. */
function order(left: unknown, right: unknown): number {
  if (left === null || right === null || right === undefined) return NaN;
  const numbers = [left, right].map(number);
  const [a, b] = numbers;
  if (a !== undefined && b !== undefined && !Number.isNaN(a + b)) return a - b;
  const [one, other] = [String(left), String(right)];
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Decimals are texts in JSON. */
function number(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `*` stands for any text, and nothing else is special. */
function pattern(text: string, flags: string): RegExp {
  const parts = text.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, `s${flags}`);
}
