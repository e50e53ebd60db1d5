// Runs CPython beside the page, so that the page never waits. What the interpreter's loader would fetch is here already.
"use strict";
const files = new Map();
let bridge;

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

self.fetch = async (url) => {
  const name = String(url).split("/").pop();
  if (!files.has(name)) throw new Error(`this page does not carry ${name}`);
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(files.get(name), { headers: { "Content-Type": type } });
};

async function start(parts) {
  await Promise.all(Object.entries(parts).map(async ([name, text]) => files.set(name, await unpack(text))));
  const text = (name) => new TextDecoder().decode(files.get(name));
  const python = await loadPyodide({ indexURL: "https://page.invalid/", lockFileContents: text("pyodide-lock.json") });
  python.FS.writeFile("/modules.zip", files.get("modules.zip"));
  python.runPython("import sys; sys.path.insert(0, '/modules.zip')");
  bridge = python.pyimport("cloudtranscode.selfcheck.bridge").Bridge(text("reference.json"));
  files.clear();
}

self.onmessage = async ({ data }) => {
  try {
    if (data.parts) await start(data.parts);
    postMessage({ id: data.id, answer: data.question === undefined ? "null" : bridge.answer(data.question) });
  } catch (error) {
    postMessage({ id: data.id, error: String(error) });
  }
};
