// Bundles the panels' modules: one ES module a panel, and CodeMirror as another that panels load
// when an editor is opened. Bundles are committed, so that nobody who installs the package needs
// Node.
//
//   node tools/bundle.js           writes cgr_nb/widgets/bundles
//   node tools/bundle.js --watch   writes it again at each change
//   node tools/bundle.js --check   writes nothing; says which files are not what the sources make
//
// `sources.json` beside the bundles holds a hash of each source, so that a stale bundle is seen
// without Node too.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const STATIC = path.join(ROOT, "cgr_nb", "widgets", "static");
const BUNDLES = path.join(ROOT, "cgr_nb", "widgets", "bundles");
const PANELS = ["auditor", "compare", "results", "stepper", "workbench"];
const EDITOR = "codemirror";

// The words of the package are put in front of a panel's bundle by Python, which knows the arms
// that are installed.
const wordsFromPython = {
  name: "words from Python",
  setup(build) {
    build.onResolve({ filter: /\/words\.json$/ }, () => ({ path: "words", namespace: "python" }));
    build.onLoad({ filter: /.*/, namespace: "python" }, () => ({
      contents: "export default CGR_WORDS;",
    }));
  },
};

// What a page and anywidget both take: an ES module with a scope of its own, and its exports as
// `panel` for what stands behind it in a saved page.
const AS_PANEL = {
  format: "iife",
  globalName: "panel",
  footer: { js: "export default panel.default;" },
  minifyIdentifiers: false, // what goes wrong in somebody's page has a name
};
const AS_EDITOR = { format: "esm" };

export function settings(entry, how = AS_PANEL) {
  return {
    entryPoints: [entry],
    absWorkingDir: ROOT,
    preserveSymlinks: true, // licences are found where node_modules is a link, too
    bundle: true,
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    lineLimit: 24, // where lines may break: most end below 100, and a change shows as a few
    charset: "utf8",
    target: "es2022",
    plugins: [wordsFromPython],
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "warning",
    ...how,
  };
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const sorted = (object) => Object.fromEntries(Object.entries(object).sort());

// "node_modules/@codemirror/view/dist/index.js" -> "@codemirror/view"
const packageOf = (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

async function licences(packages) {
  const texts = [];
  for (const [name, version] of Object.entries(packages)) {
    const folder = path.join(ROOT, "node_modules", name);
    const [file] = (await readdir(folder)).filter((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${name} has no licence text`);
    texts.push(`${name} ${version}\n\n${(await readFile(path.join(folder, file), "utf8")).trim()}`);
  }
  return `codemirror.js holds these packages.\n\n${texts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

// File name -> text of everything in the folder of bundles.
async function made() {
  const files = {};
  const bundles = {};
  const sources = {};
  const packages = {};
  for (const name of [...PANELS, EDITOR]) {
    const how = name === EDITOR ? AS_EDITOR : AS_PANEL;
    const entry = path.join(STATIC, `${name}.js`);
    const { outputFiles, metafile } = await esbuild.build(settings(entry, how));
    files[`${name}.js`] = outputFiles[0].text;
    const own = [];
    const [{ inputs }] = Object.values(metafile.outputs);
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const from = packageOf(input);
      if (from && bytesInOutput) {
        const about = path.join(ROOT, "node_modules", from, "package.json");
        packages[from] = JSON.parse(await readFile(about, "utf8")).version;
      } else if (!from && !input.startsWith("python:")) {
        sources[path.basename(input)] = sha256(await readFile(path.join(ROOT, input)));
        own.push(path.basename(input));
      }
    }
    bundles[`${name}.js`] = { sha256: sha256(files[`${name}.js`]), sources: own.sort() };
  }
  files[`${EDITOR}.LICENSES.txt`] = await licences(sorted(packages));
  const about = {
    script: sha256(await readFile(fileURLToPath(import.meta.url))),
    esbuild: esbuild.version,
    packages: sorted(packages),
    bundles,
    sources: sorted(sources),
  };
  files["sources.json"] = `${JSON.stringify(about, null, 2)}\n`;
  return files;
}

async function write() {
  const files = await made();
  await mkdir(BUNDLES, { recursive: true });
  for (const old of await readdir(BUNDLES)) {
    if (!(old in files)) await rm(path.join(BUNDLES, old));
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(BUNDLES, name), text);
    console.log(`${name}: ${Buffer.byteLength(text).toLocaleString("en-US")} bytes`);
  }
}

async function check() {
  const files = await made();
  const names = new Set([...Object.keys(files), ...(await readdir(BUNDLES))]);
  const stale = [];
  for (const name of names) {
    const there = await readFile(path.join(BUNDLES, name), "utf8").catch(() => null);
    if (there !== files[name]) stale.push(name);
  }
  if (stale.length) {
    console.error(`not what the sources make: ${stale.sort().join(", ")}; npm run bundle`);
    process.exitCode = 1;
  }
}

async function watch() {
  const { watch: changes } = await import("node:fs/promises");
  await write();
  for await (const change of changes(STATIC)) {
    console.log(`\n${change.filename} changed`);
    await write().catch((error) => console.error(error.message));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [way] = process.argv.slice(2);
  await { "--check": check, "--watch": watch }[way]?.();
  if (way === undefined) await write();
}
