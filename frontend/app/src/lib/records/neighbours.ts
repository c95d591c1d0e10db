/** The records of the list that somebody came from, so that a form can go to the next one. */

let noted: { model: string; ids: string[] } = { model: "", ids: [] };

/** A list tells what it shows, in its order. */
export function noteList(model: string, ids: string[]): void {
  noted = { model, ids };
}

export interface Place {
  n: number;
  total: number;
  previous: string | undefined;
  next: string | undefined;
}

/** Where a record is in the list that was seen last; null when it is not in it. */
export function placeInList(model: string, id: string): Place | null {
  const n = noted.model === model ? noted.ids.indexOf(id) : -1;
  if (n < 0) return null;
  const { ids } = noted;
  return { n: n + 1, total: ids.length, previous: ids[n - 1], next: ids[n + 1] };
}
