/** The topics in a text: one a line, or with commas or spaces between. */
export function topicsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}
