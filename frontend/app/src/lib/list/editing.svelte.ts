/** The one cell of a list that is being changed. */

import { Problem } from "#lib/api/problem.ts";
import type { Field } from "#lib/contract/types.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { update, type Row } from "#lib/records/records.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import type { Listing } from "./listing.svelte.ts";

export class Editing {
  /** The record and the column of the cell; none where nothing is being changed. */
  id = $state<string | null>(null);
  path = $state("");
  fault = $state<string | undefined>(undefined);
  busy = $state(false);

  begin(id: string, path: string): void {
    this.id = id;
    this.path = path;
    this.fault = undefined;
  }

  end(): void {
    this.id = null;
    this.fault = undefined;
  }

  isAt(row: Row, path: string): boolean {
    return this.id === row.id && this.path === path;
  }

  /** Saves what was typed; whether the cell is done with. */
  async save(listing: Listing, row: Row, field: Field, value: unknown): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      await write(listing, row, field, value);
      this.end();
      return true;
    } catch (error) {
      return this.refused(listing, row, field, error);
    } finally {
      this.busy = false;
    }
  }

  private async refused(
    listing: Listing,
    row: Row,
    field: Field,
    error: unknown,
  ): Promise<boolean> {
    if (!(error instanceof Problem)) throw error;
    if (error.status !== 412) {
      this.fault = error.fields[field.name] ?? error.message;
      return false;
    }
    listing.replace(await listing.read([row.id]));
    toasts.show(t("list.conflict"), { tone: "bad" });
    this.end();
    return true;
  }
}

/** Changes one field. The row stays where it is, even if the filter has it no longer. */
async function write(
  listing: Listing,
  row: Row,
  field: Field,
  value: unknown,
): Promise<void> {
  const { model } = listing;
  const answer = await update(model, row.id, row.version, { [field.name]: value });
  const [read] = await listing.read([row.id]);
  listing.replace([read ?? { ...row, ...answer }]);
  void listing.addUp();
}
