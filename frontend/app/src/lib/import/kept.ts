/**
 * How far imports have come, kept in the browser, so that a reload or a crash loses nothing:
 * what is sent is written down before, and sent again as it was, under the same key.
 */

import type { Call } from "#lib/records/batch.ts";
import type { Fault, Plan } from "./plan.ts";

/** An import that was begun. */
export interface Begun {
  /** Of this user, in this company, into this model, of this file. */
  id: string;
  name: string;
  total: number;
  plan: Plan;
  /** Another one each time that the same file is imported anew. */
  run: number;
  /** The first chunk that is not known to be done. */
  next: number;
  made: number;
  changed: number;
  sent: Sent | null;
  /** Whether the user does not want to be asked to go on with it. */
  left: boolean;
}

/** What was sent last, and may have arrived. */
export interface Sent {
  calls: Call[];
  /** The line of each call. */
  lines: number[];
  /** What is wrong with rows of the chunk that were not sent. */
  faults: Fault[];
  /** When, in milliseconds since 1970. */
  at: number;
}

const NAME = "eerp.imports";
const STORES = ["begun", "faults"];

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("begun", { keyPath: "id" });
      asked.result.createObjectStore("faults");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error(NAME));
  });
  return opened;
}

/** Does `work`, whole; answers what its request found. */
async function within<T>(
  mode: IDBTransactionMode,
  work: (transaction: IDBTransaction) => IDBRequest<T>,
): Promise<T> {
  const transaction = (await open()).transaction(STORES, mode);
  const asked = work(transaction);
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error ?? new Error(NAME));
  });
}

export async function keepBegun(begun: Begun): Promise<void> {
  await within("readwrite", (all) => all.objectStore("begun").put(begun));
}

/** Notes that chunk `n` is done, and what became of it. */
export async function keepDone(begun: Begun, n: number, faults: Fault[]): Promise<void> {
  await within("readwrite", (all) => {
    if (faults.length > 0) all.objectStore("faults").put(faults, [begun.id, n]);
    return all.objectStore("begun").put(begun);
  });
}

export function keptBegun(id: string): Promise<Begun | undefined> {
  return within<Begun | undefined>("readonly", (all) => all.objectStore("begun").get(id));
}

/** The imports that `start` with this, of which nobody knows that they are done. */
export async function unfinished(start: string): Promise<Begun[]> {
  const all = await within<Begun[]>("readonly", (kept) =>
    kept.objectStore("begun").getAll(IDBKeyRange.bound(start, `${start}\uffff`)),
  );
  return all.filter((each) => !each.left && !isDone(each));
}

export async function keptFaults(id: string): Promise<Fault[]> {
  const all = await within<Fault[][]>("readonly", (kept) =>
    kept.objectStore("faults").getAll(ofImport(id)),
  );
  return all.flat();
}

/** Begins the import of a file anew: what is known of the last time is over. */
export async function keepAnew(begun: Begun): Promise<void> {
  await within("readwrite", (all) => {
    all.objectStore("faults").delete(ofImport(begun.id));
    return all.objectStore("begun").put(begun);
  });
}

function ofImport(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Infinity]);
}

export function isDone({ next, total }: Begun): boolean {
  return next * CHUNK >= total;
}

/** So many rows are sent at once; what is begun depends on it. */
export const CHUNK = 100;
