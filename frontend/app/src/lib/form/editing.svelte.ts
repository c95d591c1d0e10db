/** A record that is edited: what the daemon said, what was changed, and how it is saved. */

import { newKey } from "#lib/api/key.ts";
import { Problem } from "#lib/api/problem.ts";
import type { Values } from "#lib/contract/condition.ts";
import type { Field, Model } from "#lib/contract/types.ts";
import { caller } from "#lib/records/caller.ts";
import { learn } from "#lib/records/names.svelte.ts";
import { create, update, type Row } from "#lib/records/records.ts";
import { dropDraft, keepDraft, keptDraft, placeOf, type Draft } from "./drafts.ts";
import { basisOf, bodyOf, edited, overlaid, type Edits } from "./edits.ts";
import { faultsAt, type Faults } from "#lib/fields/faults.ts";
import { Foresight } from "./foresight.svelte.ts";
import { merge, resolve, type Conflict } from "./merge.ts";
import { defaultsOf } from "./preset.ts";
import { readRecord } from "./reading.ts";
import { isOpen, targetOf } from "./saving.ts";

export class Editing {
  readonly model: Model;
  readonly id: string | null;
  readonly foresight: Foresight;
  /** What a new record was given by where it was asked for. */
  private readonly preset: Values;
  private readonly place: string;
  private key = newKey();
  /** The record as the daemon has it; null for a new one, and before it is read. */
  record = $state.raw<Row | null>(null);
  edits = $state.raw<Edits>({});
  faults = $state.raw<Faults>({});
  problem = $state.raw<Problem | null>(null);
  conflicts = $state.raw<Conflict[]>([]);
  /** What was typed before the page was loaded, until it is taken or thrown away. */
  draft = $state.raw<Draft | null>(null);
  saving = $state(false);
  /** Whether it was deleted, by whomever. */
  gone = $state(false);

  readonly base: Values = $derived(this.record ?? this.begun());
  readonly values: Values = $derived(overlaid(this.base, this.edits));
  /** What is on the screen: where nobody typed, what the daemon would put. */
  readonly shown: Values = $derived(this.withForesight());
  readonly dirty: boolean = $derived(Object.keys(this.edits).length > 0);
  /** Whether nothing of it can be changed, by this caller or at this time. */
  readonly locked: boolean = $derived(this.isLocked());

  constructor(model: Model, id: string | null, preset: Values = {}) {
    this.model = model;
    this.id = id;
    this.foresight = new Foresight(model);
    this.preset = preset;
    this.place = placeOf(caller().user_id ?? "", model.key, id);
  }

  /** Reads the record, and finds what was typed before a reload. */
  async open(): Promise<void> {
    await this.read();
    this.draft = keptDraft(this.place);
  }

  /** Reads it again; what was changed here stays, and is merged with what others did. */
  async reload(): Promise<void> {
    const before = this.base;
    await this.read();
    this.lay(before, this.edits);
    this.foresight.forget();
  }

  set(path: string, value: unknown): void {
    this.edits = edited(this.edits, this.base, path, value, this.model.lines);
    this.key = newKey();
    this.forgive(path);
    this.keep();
  }

  /** Throws away what was changed. */
  discard(): void {
    this.edits = {};
    this.foresight.forget();
    this.faults = {};
    this.problem = null;
    dropDraft(this.place);
  }

  /** Goes on with what was typed before a reload. */
  takeDraft(): void {
    if (this.draft === null) return;
    const { base, edits, key } = this.draft;
    this.lay(overlaid(this.base, base), edits);
    this.key = key;
    this.draft = null;
  }

  dropDraft(): void {
    this.draft = null;
    dropDraft(this.place);
  }

  /** Saves what was changed; null when that was refused, or has to be chosen first. */
  async save(): Promise<Row | null> {
    if (this.saving) return null;
    this.saving = true;
    this.faults = {};
    this.problem = null;
    try {
      return await this.attempt();
    } finally {
      this.saving = false;
    }
  }

  /** Goes on after a conflict: what is named is left as the others have it. */
  async settle(theirs: Set<string>): Promise<Row | null> {
    const chosen = this.conflicts.filter(({ path }) => theirs.has(path));
    this.edits = resolve(this.edits, chosen, this.base, this.model.lines);
    this.conflicts = [];
    this.keep();
    return this.dirty ? this.save() : this.record;
  }

  /** Asks what the daemon would make of what was changed. */
  foresee(signal: AbortSignal): Promise<void> {
    const { model, id, record } = this;
    const target = targetOf(model, id, record?.version, this.body());
    return this.foresight.ask(target, this.values, signal);
  }

  /** Whether a field can be changed here and now. */
  writable(field: Field): boolean {
    return !this.locked && !field.readonly && !field.system;
  }

  private async read(): Promise<void> {
    if (this.id === null) return;
    const { row, gone } = await readRecord(this.model, this.id);
    this.record = row;
    this.gone = gone;
  }

  private begun(): Values {
    return { ...defaultsOf(this.model.fields), ...this.preset };
  }

  private withForesight(): Values {
    return this.foresight.over(this.values);
  }

  private isLocked(): boolean {
    return this.gone || !isOpen(this.model, this.id, this.record);
  }

  private forgive(path: string): void {
    const kept = Object.entries(this.faults).filter(
      ([faulty]) => faulty !== path && !faulty.startsWith(`${path}.`),
    );
    this.faults = Object.fromEntries(kept);
  }

  private keep(): void {
    if (!this.dirty) return dropDraft(this.place);
    const { edits, key } = this;
    const at = new Date().toISOString();
    keepDraft(this.place, { base: basisOf(edits, this.base), edits, key, at });
  }

  private body(): Values {
    const begun = this.id === null ? bodyOf(this.preset, {}, this.model) : {};
    return { ...begun, ...bodyOf(this.edits, this.base, this.model) };
  }

  private async attempt(): Promise<Row | null> {
    try {
      return this.took(await this.send());
    } catch (error) {
      return await this.refused(error);
    }
  }

  private send(): Promise<Row> {
    if (this.id === null) return create(this.model, this.body(), this.key);
    return update(this.model, this.id, this.record?.version, this.body());
  }

  private took(row: Row): Row {
    this.discard();
    if (this.id !== null) this.record = row;
    learn(this.model, row);
    return row;
  }

  private async refused(error: unknown): Promise<Row | null> {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 412) return this.outdated();
    if (error.status === 404) this.gone = true;
    this.faults = faultsAt(error.fields);
    this.problem = error;
    return null;
  }

  /** Somebody was quicker: what does not touch what they did is saved over it. */
  private async outdated(): Promise<Row | null> {
    const before = this.base;
    await this.read();
    if (this.gone) return null;
    this.lay(before, this.edits);
    if (this.conflicts.length > 0) return null;
    return this.dirty ? this.attempt() : this.record;
  }

  /** Lays edits that were made of `before` over the record as it is now. */
  private lay(before: Values, edits: Edits): void {
    const merged = merge(before, edits, this.base, this.model.lines);
    this.edits = merged.edits;
    this.conflicts = merged.conflicts;
    this.keep();
  }
}
