/** Which row is where, in a list whose groups can be opened. */

/** A group, or the whole list where there are none. */
export interface Part {
  /** Whether it has a row of its own before its records. */
  headed: boolean;
  open: boolean;
  /** How many records it has. */
  count: number;
}

/** A row of a part; -1 is its heading. */
export interface Place {
  part: number;
  row: number;
}

function length(part: Part): number {
  return (part.headed ? 1 : 0) + (part.open ? part.count : 0);
}

/** How many rows all parts have together. */
export function size(parts: Part[]): number {
  return parts.reduce((total, part) => total + length(part), 0);
}

/** What is in the row `index`, from above. */
export function placeAt(parts: Part[], index: number): Place | undefined {
  let rest = index;
  for (const [n, part] of parts.entries()) {
    const rows = length(part);
    if (rest < rows) return { part: n, row: rest - (part.headed ? 1 : 0) };
    rest -= rows;
  }
  return undefined;
}

/** Where `place` is, from above. */
export function indexOf(parts: Part[], place: Place): number {
  const before = size(parts.slice(0, place.part));
  return before + place.row + (parts[place.part]?.headed ? 1 : 0);
}
