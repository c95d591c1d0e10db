/** Places in an answer, as JSON pointers name them (RFC 6901). */

/** What is at `pointer`; undefined where there is nothing. */
export function pointed(answer: unknown, pointer: string): unknown {
  if (pointer === "") return answer;
  return pointer.split("/").slice(1).map(unescaped).reduce<unknown>(inside, answer);
}

/** A copy of `answer` with `value` at `pointer`, which leads somewhere. */
export function replaced(answer: unknown, pointer: string, value: unknown): unknown {
  const [key, ...rest] = pointer.split("/").slice(1);
  if (key === undefined || typeof answer !== "object" || answer === null) return value;
  const inner = rest.length === 0 ? "" : `/${rest.join("/")}`;
  const name = unescaped(key);
  return { ...answer, [name]: replaced(inside(answer, name), inner, value) };
}

function unescaped(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function inside(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return;
  return (value as Record<string, unknown>)[key];
}
