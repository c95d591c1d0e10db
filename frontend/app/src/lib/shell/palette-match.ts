/** What of the palette's entries somebody means who typed a few letters. */

export interface Entry {
  key: string;
  label: string;
  /** Where it belongs: also found by that. */
  hint: string;
  icon: string;
  run: () => void;
}

export interface Group {
  title: string;
  entries: Entry[];
}

/** The groups with the entries that have each typed word; none of them longer than `most`. */
export function matching(groups: Group[], typed: string, most: number): Group[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return groups
    .map(({ title, entries }) => ({ title, entries: best(entries, words).slice(0, most) }))
    .filter((group) => group.entries.length > 0);
}

function best(entries: Entry[], words: string[]): Entry[] {
  const found = entries.filter((entry) => {
    const text = plain(`${entry.label} ${entry.hint}`);
    return words.every((word) => text.includes(word));
  });
  const [first] = words;
  if (first === undefined) return found;
  return found.sort((a, b) => rank(a, first) - rank(b, first));
}

/** What begins with it comes before what has it in a word's middle. */
function rank(entry: Entry, word: string): number {
  const label = plain(entry.label);
  if (label.startsWith(word)) return 0;
  return label.includes(` ${word}`) ? 1 : 2;
}

/** Without capitals and accents: `ecriture` finds `Écriture`. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
