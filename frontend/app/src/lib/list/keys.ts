/** Where the keys of a keyboard lead in a list. */

export interface Spot {
  line: number;
  column: number;
}

interface Extent {
  lines: number;
  columns: number;
  /** How many lines are seen at once. */
  page: number;
}

/** The spot to which a key leads; null where it does not move. */
export function moved(
  { key, ctrlKey }: { key: string; ctrlKey: boolean },
  { line, column }: Spot,
  { lines, columns, page }: Extent,
): Spot | null {
  const to = target(key, ctrlKey, { line, column }, { lines, columns, page });
  if (to === null) return null;
  const clamp = (n: number, count: number) => Math.max(0, Math.min(n, count - 1));
  return { line: clamp(to.line, lines), column: clamp(to.column, columns) };
}

function target(
  key: string,
  far: boolean,
  { line, column }: Spot,
  extent: Extent,
): Spot | null {
  switch (key) {
    case "ArrowDown":
      return { line: far ? Infinity : line + 1, column };
    case "ArrowUp":
      return { line: far ? 0 : line - 1, column };
    case "ArrowRight":
      return { line, column: column + 1 };
    case "ArrowLeft":
      return { line, column: column - 1 };
    case "PageDown":
      return { line: line + extent.page, column };
    case "PageUp":
      return { line: line - extent.page, column };
    case "Home":
      return far ? { line: 0, column: 0 } : { line, column: 0 };
    case "End":
      return far ? { line: Infinity, column: Infinity } : { line, column: Infinity };
    default:
      return null;
  }
}
