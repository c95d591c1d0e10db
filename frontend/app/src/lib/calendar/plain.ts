const TABLE = ["table", "rowgroup", "row", "columnheader", "rowheader", "cell"];
const ROLES = TABLE.map((role) => `[role="${role}"]`).join(",");

/**
 * The library calls itself a table and holds buttons, and cells in no row: no table at
 * all to who hears it. The agenda beside it has the same to be read.
 */
export function plain(node: HTMLElement): () => void {
  const mend = () => {
    for (const part of node.querySelectorAll(ROLES)) {
      for (const name of ["role", "aria-colindex"]) part.removeAttribute(name);
    }
  };
  const observer = new MutationObserver(mend);
  observer.observe(node, { childList: true, subtree: true });
  mend();
  return () => observer.disconnect();
}
