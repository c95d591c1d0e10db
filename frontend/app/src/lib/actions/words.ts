/** `due_on` as people write it: `Due on`. */
export function worded(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
