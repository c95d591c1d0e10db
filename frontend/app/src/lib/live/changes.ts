/** The stream of what is changed by anybody, by the core's server-sent events. */

import { base } from "#lib/api/base.ts";
import { session } from "#lib/session/session.svelte.ts";

/** What the core tells of a change. */
export interface Change {
  /** The model's key, `crm.companies`. */
  model: string;
  id: string;
  action: string;
  version: number | null;
  actor: string | null;
}

export interface Ears {
  change(change: Change): void;
  /** Some changes may have been missed: read anew. */
  reset(): void;
}

const WAIT_MS = 1000;
const SPREAD_MS = 3000;

/** Follows the changes of `models` until `signal` aborts. */
export async function follow(
  models: string[],
  ears: Ears,
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  while (!signal.aborted) {
    try {
      for await (const block of blocks(models, last, signal)) {
        last = block.id ?? last;
        hear(block, ears);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TypeError)) console.warn("the stream of changes broke", error);
    }
    await new Promise((done) => setTimeout(done, WAIT_MS + SPREAD_MS * Math.random()));
  }
}

type Block = { event?: string; data?: string; id?: string };

function hear(block: Block, ears: Ears): void {
  if (block.event === "change") ears.change(changeOf(block.data ?? "{}"));
  if (block.event === "reset") ears.reset();
}

function changeOf(data: string): Change {
  const told = JSON.parse(data) as Change & { module: string };
  return { ...told, model: `${told.module}.${told.model}` };
}

async function* blocks(
  models: string[],
  last: string,
  signal: AbortSignal,
): AsyncGenerator<Block> {
  const access = await session.access();
  const headers: Record<string, string> = { authorization: `Bearer ${access ?? ""}` };
  if (last !== "") headers["last-event-id"] = last;
  if (session.company !== null) headers["x-company"] = session.company;
  const path = `${await base()}/api/events?models=${models.join(",")}`;
  const answer = await fetch(path, { headers, signal });
  if (!answer.ok || answer.body === null) return;
  let rest = "";
  for await (const part of parts(answer.body)) {
    const told = (rest + part).split("\n\n");
    rest = told.pop() ?? "";
    yield* told.map(read);
  }
}

async function* parts(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read())
    yield part.value;
}

function read(block: string): Block {
  const lines = block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2));
  return Object.fromEntries(lines) as Block;
}
