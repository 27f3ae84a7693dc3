// What ships is what was written: Python takes comments and indentation away, and no sign of the program.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import test from "node:test";
import { tokenize } from "espree";

const PYTHON = `
import json, sys
from pathlib import Path
from flowsim.front_end import bundle as made
files = [one for folder in ("front_end/static", "widgets") for one in sorted(Path("flowsim", folder).glob("*.js"))]
json.dump([[one.name, one.read_text("utf-8"), made.bare(one.read_text("utf-8"))] for one in files], sys.stdout)
`;
const root = new URL("../../", import.meta.url).pathname;
const python = existsSync(`${root}.venv/bin/python`) ? `${root}.venv/bin/python` : (process.env.PYTHON ?? "python3");

test("every file of the front ends has the same tokens, line by line, without its comments and its indentation", () => {
  const told = spawnSync(python, ["-c", PYTHON], { cwd: root, encoding: "utf-8", maxBuffer: 1e8 });
  assert.equal(told.status, 0, told.stderr);
  const files = JSON.parse(told.stdout);
  assert.ok(files.length > 30);
  for (const [name, written, bare] of files) {
    /** @type {(text: string) => (string | boolean)[][]} */
    const signs = (text) => {
      const found = tokenize(text, { ecmaVersion: "latest", sourceType: "module", loc: true });
      // A line that ends may end a statement, so where lines end counts.
      return found.map((one, index) => [one.type, one.value, (one.loc?.start.line ?? 0) > (found[index - 1]?.loc?.end.line ?? 0)]);
    };
    assert.deepEqual(signs(bare), signs(written), name);
    assert.ok(bare.length < written.length, name);
  }
});
