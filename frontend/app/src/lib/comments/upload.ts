/** Files on their way to the daemon, as JSON carries them. */

/** A request has 1 MiB at most, and base64 takes a third more. */
export const FILE_BYTES_MAX = 750_000;

/** The bytes of a file as base64. */
export async function contentOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
