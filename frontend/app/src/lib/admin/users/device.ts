/** What a browser calls itself, in short: `Firefox, Linux`. */

const BROWSERS: [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrom(?:e|ium)\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux/, "Linux"],
];

/** The browser and the system; what it says itself where neither is known. */
export function device(agent: string): string {
  const named = [BROWSERS, SYSTEMS].map(
    (known) => known.find(([sign]) => sign.test(agent))?.[1],
  );
  return named.filter(Boolean).join(", ") || agent;
}
