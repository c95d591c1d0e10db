/** The roles, the one that is looked at, and what was changed of it and is not saved. */

import { Loaded } from "#lib/api/loaded.svelte.ts";
import { sameGrants, toggled, type Matrix } from "./matrix.ts";
import { permissions, put, remove, roles, type Role } from "./roles.ts";

interface Known {
  roles: Role[];
  matrix: Matrix;
}

export class Book {
  readonly known = new Loaded<Known>(async () => {
    const [all, matrix] = await Promise.all([roles(), permissions()]);
    return { roles: all, matrix };
  });
  /** The names of the roles that are looked at. */
  chosen = $state<string[]>([]);
  several = $state(false);
  granted = $state<string[]>([]);

  get role(): Role | undefined {
    return this.several ? undefined : this.rolesChosen[0];
  }

  get rolesChosen(): Role[] {
    return (this.known.value?.roles ?? []).filter(({ name }) => this.chosen.includes(name));
  }

  get changed(): boolean {
    return this.role !== undefined && !sameGrants(this.granted, this.role.permissions);
  }

  /** Reads all roles, and looks at `name`, or at the first. */
  async open(name?: string): Promise<void> {
    await this.known.load();
    const first = this.known.value?.roles[0]?.name;
    const shown = name ?? first;
    this.chosen = shown === undefined ? [] : [shown];
    this.undo();
  }

  choose(name: string): void {
    if (!this.several) this.chosen = [name];
    else if (this.chosen.includes(name))
      this.chosen = this.chosen.filter((each) => each !== name);
    else this.chosen = [...this.chosen, name];
    this.undo();
  }

  compare(several: boolean): void {
    this.several = several;
    this.chosen = several ? this.chosen : this.chosen.slice(0, 1);
    this.undo();
  }

  toggle(permission: string): void {
    this.granted = toggled(this.granted, permission);
  }

  undo(): void {
    this.granted = [...(this.role?.permissions ?? [])];
  }

  async save(): Promise<void> {
    if (this.role !== undefined) await this.make(this.role.name, this.granted);
  }

  /** Makes a role that grants `granted`, or changes it to. */
  async make(name: string, granted: string[]): Promise<void> {
    this.several = false;
    await this.open((await put(name, [...granted])).name);
  }

  async remove(name: string): Promise<void> {
    await remove(name);
    await this.open();
  }
}
