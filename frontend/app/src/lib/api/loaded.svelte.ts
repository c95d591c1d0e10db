/** What is asked of the daemon for a page, and asked again: the last answer stays meanwhile. */

export class Loaded<T> {
  value = $state.raw<T>();
  error = $state.raw<unknown>();
  /** Whether the answer is under way. */
  busy = $state(false);
  private asked = 0;
  private readonly ask: () => Promise<T>;

  constructor(ask: () => Promise<T>) {
    this.ask = ask;
  }

  /** Asks; only what was asked last is shown. */
  async load(): Promise<void> {
    const mine = ++this.asked;
    this.busy = true;
    try {
      const value = await this.ask();
      if (mine === this.asked) [this.value, this.error] = [value, undefined];
    } catch (error) {
      if (mine === this.asked) this.error = error;
    } finally {
      if (mine === this.asked) this.busy = false;
    }
  }
}
