/** Calls `run` once, a while after the last of many calls. */
export function soon(run: () => void, wait_ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait_ms);
  };
}
