/** What others do to the records of a list, while somebody looks at it. */

import type { Change } from "#lib/live/changes.ts";
import { live } from "#lib/live/live.svelte.ts";
import type { Row } from "#lib/records/records.ts";
import type { Listing } from "./listing.svelte.ts";

/** Changes that come together are looked at together. */
const GATHER_MS = 250;
const AT_ONCE = 100;
const FLASH_MS = 2000;

export class News {
  /** How many records there are that the list does not show yet. */
  fresh = $state(0);
  /** The records that were changed just now. */
  flashing = $state.raw<ReadonlySet<string>>(new Set());
  private told = new Map<string, Change>();
  private known = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listing: Listing;
  private readonly renewed: (rows: Row[]) => void;
  private readonly gone: (ids: string[]) => void;

  constructor(
    listing: Listing,
    renewed: (rows: Row[]) => void,
    gone: (ids: string[]) => void,
  ) {
    this.listing = listing;
    this.renewed = renewed;
    this.gone = gone;
  }

  /** Hears of changes until what it answers is called. */
  follow(): () => void {
    const stop = live.hear(this.listing.model.key, {
      change: (change) => this.note(change),
      reset: () => void this.again(),
    });
    return () => {
      stop();
      clearTimeout(this.timer);
    };
  }

  /** Shows what is new. */
  async again(): Promise<void> {
    this.fresh = 0;
    this.known.clear();
    await this.listing.open();
  }

  private note(change: Change): void {
    this.told.set(change.id, change);
    this.timer ??= setTimeout(() => void this.look(), GATHER_MS);
  }

  private async look(): Promise<void> {
    this.timer = undefined;
    const changes = [...this.told.values()];
    this.told.clear();
    // So many at once are no work of a person: who looks is offered all of it anew.
    if (changes.length > AT_ONCE) return this.offer(changes);
    const found = await this.listing
      .read(changes.map((change) => change.id))
      .catch(() => null);
    if (found === null) return;
    const shown = new Map(this.listing.loaded.map((row) => [row.id, row]));
    this.renew(found.filter((row) => isNewer(row, shown.get(row.id))));
    const there = new Set(found.map((row) => row.id));
    this.forget(
      changes.map((each) => each.id).filter((id) => !there.has(id) && shown.has(id)),
    );
    this.offer(
      changes.filter(({ id, action }) => isNew(action) && there.has(id) && !shown.has(id)),
    );
    void this.listing.addUp();
  }

  private renew(rows: Row[]): void {
    if (rows.length === 0) return;
    this.listing.replace(rows);
    this.renewed(rows);
    this.flashing = new Set(rows.map((row) => row.id));
    setTimeout(() => (this.flashing = new Set()), FLASH_MS);
  }

  private forget(ids: string[]): void {
    if (ids.length === 0) return;
    this.listing.drop(ids);
    this.gone(ids);
  }

  private offer(changes: Change[]): void {
    for (const change of changes) this.known.add(change.id);
    this.fresh = this.known.size;
  }
}

function isNew(action: string): boolean {
  return action === "create" || action === "restore";
}

/** Whether a row is shown that is older; what we changed ourselves is there already. */
function isNewer(row: Row, shown: Row | undefined): boolean {
  return shown !== undefined && shown.version !== row.version;
}
