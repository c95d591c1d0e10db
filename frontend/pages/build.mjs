/**
 * Builds the pages: node build.mjs FOLDER
 *
 * Leaves `docs.html`, `graphiql.html` and what they load, under names that change with
 * the content and with a .gz and a .br beside each.
 */

import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const PAGES = {
  docs: { title: "EERP API", home: "/api/docs" },
  graphiql: { title: "EERP GraphQL", home: "/graphql" },
};
const SOURCE = new URL("src/", import.meta.url).pathname;

/** The viewers' own web fonts are larger than all else; the system's serve. */
const systemFonts = {
  name: "system-fonts",
  setup({ onLoad }) {
    onLoad({ filter: /graphiql\/dist\/style\.css$/ }, async ({ path: file }) => {
      const css = await readFile(file, "utf8");
      return { contents: css.replace(/@font-face\s*\{[^}]*\}/g, ""), loader: "css" };
    });
  },
};

async function buildPage(name, { title, home }, folder) {
  const result = await build({
    entryPoints: [`${SOURCE}${name}.ts`, `${SOURCE}${name}.css`],
    outdir: folder,
    entryNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [systemFonts],
    metafile: true,
    logLevel: "warning",
  });
  const named = (ending) =>
    Object.entries(result.metafile.outputs).find(
      ([file, { entryPoint }]) => entryPoint && file.endsWith(ending),
    )[0];
  const filled = {
    title,
    style: `${home}/${path.basename(named(".css"))}`,
    script: `${home}/${path.basename(named(".js"))}`,
  };
  const template = await readFile(`${SOURCE}page.html`, "utf8");
  const html = template.replace(/\{(\w+)\}/g, (_, key) => filled[key]);
  await writeFile(path.join(folder, "index.html"), html);
}

async function compress(folder) {
  const names = (await readdir(folder)).filter((name) => name !== "index.html");
  await Promise.all(names.map((name) => compressFile(path.join(folder, name))));
}

async function compressFile(file) {
  const content = await readFile(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params }));
}

const [target] = process.argv.slice(2);
await rm(target, { recursive: true, force: true });
for (const [name, page] of Object.entries(PAGES)) {
  const folder = path.join(target, name);
  await mkdir(folder, { recursive: true });
  await buildPage(name, page, folder);
  await compress(folder);
}
