/** Files, as people get them. */

/** The name that the daemon gives a file, else one after what was asked for. */
export function fileName(disposition: string | null, otherwise: string): string {
  const told = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (told !== undefined) return decodeURIComponent(told);
  return /filename="?([^";]+)"?/i.exec(disposition ?? "")?.[1] ?? otherwise;
}

/** Lets the browser save a file. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** UTF-8 or UTF-16; what is neither was written by an old spreadsheet for Windows. */
export function decoded(bytes: Uint8Array): string {
  const mark = `${bytes[0]},${bytes[1]}`;
  if (mark === "255,254") return new TextDecoder("utf-16le").decode(bytes);
  if (mark === "254,255") return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
