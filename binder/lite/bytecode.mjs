/** Compiles Python of archives with the very Python that will run it: `node bytecode.mjs PYODIDE.MJS '[["a.whl", "/lib"], …]'`.
 *
 * Beside each archive it writes another, named like it with `.compiled`, which holds a `.pyc` for each `.py`. The second of each
 * pair is the folder in which the archive will lie unpacked.
 */

import { dirname } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const COMPILE = `
import importlib.util, marshal, zipfile

def compile_all(archive, folder):
    with zipfile.ZipFile(archive) as sources, zipfile.ZipFile(archive + ".compiled", "w") as target:
        for name in sources.namelist():
            if not name.endswith(".py"):
                continue
            text = sources.read(name)
            try:
                code = compile(text, f"{folder}/{name}", "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue  # a template, or a test of what is wrong
            # The flags of PEP 552: by a hash, which nobody needs to check.
            head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(text)
            target.writestr(name + "c", head + marshal.dumps(code))
`;

const [pyodide, archives] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide).href);
const python = await loadPyodide();
python.runPython(COMPILE);
const compileAll = python.globals.get("compile_all");
for (const [archive, folder] of JSON.parse(archives)) {
  python.FS.mkdirTree(dirname(archive));
  python.mountNodeFS(dirname(archive), dirname(archive));
  compileAll(archive, folder);
  python.FS.unmount(dirname(archive));
}
