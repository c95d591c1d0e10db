import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The policy of the screens forbids styles in markup: SvelteKit's root and bits-ui have some. */
const unstyled: Plugin = {
  name: "unstyled",
  enforce: "pre",
  transform(code, id) {
    if (/\/bits-ui\/.*\/command-[\w-]+\.svelte$/.test(id))
      return code.replace(/ style="display: contents;"/g, "");
    if (!id.endsWith("/runtime/components/root.svelte")) return;
    return code.replace(/(id="svelte-announcer"[^>]*?)style="[^"]*"/, '$1class="sr"');
  },
};

export default defineConfig({
  plugins: [
    unstyled,
    sveltekit({
      // The daemon answers each path of the screens with the fallback page.
      adapter: adapter({ fallback: "index.html", precompress: true }),
    }),
  ],
  server: {
    // `npm run dev` beside a daemon: `EERP=http://127.0.0.1:8080 npm run dev`.
    proxy: { "/api": process.env.EERP ?? "http://127.0.0.1:8080" },
  },
  test: { include: ["src/**/*.test.ts"] },
});
