/** Python of the browser as a program: `node kernel.mjs FOLDER`, where FOLDER holds what JupyterLite loads, kernel.mjs and wheels.
 *
 * It takes one request a line, each a JSON array: the name of a function of kernel_side.py, and its arguments. The answer is one
 * line of JSON. Nothing is fetched from anywhere else.
 */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [folder, packages, readable, environment] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/kernel.mjs`).href);
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
const python = await loadPyodide({
  env: JSON.parse(environment),
  packages: JSON.parse(packages),
  stderr: say,
  stdout: say,
});
for (const path of JSON.parse(readable)) {
  python.FS.mkdirTree(path);
  python.mountNodeFS(path, path);
}
python.runPython(readFileSync(new URL("kernel_side.py", import.meta.url), "utf8"), { filename: "kernel_side.py" });
const answer = python.globals.get("answer");
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await answer(line)}\n`);
}
