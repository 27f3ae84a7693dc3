// How a program here talks to whoever drives it, a line of JSON each way. It is told where to log in. It says which address
// the user is to open, and hears where the browser came back to. Then it says what it has, or why it refuses to go on; and
// it may be told to log in again.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/** What is said next; undefined at the end. */
async function heard() {
  const { value } = await lines.next();
  return value === undefined ? undefined : JSON.parse(value);
}

/** Asks for a login at this address, and gives the address that the browser was sent to. */
export async function visit(address) {
  say({ open: String(address) });
  const said = await heard();
  if (!said?.came_to) throw new Error("the browser has not come back");
  return new URL(said.came_to);
}

/** Runs the program as often as it is told to. What it throws is said in one line, with what has caused it. */
export async function run(program) {
  for (let settings = await heard(); settings; settings = await heard()) {
    try {
      say({ done: await program(settings) });
    } catch (error) {
      say({ refused: reasons(error).join(" <- ").slice(0, 500) });
    }
  }
  process.exit(0);
}

function reasons(error) {
  const found = [];
  for (let one = error; one && found.length < 5; one = one.cause) {
    found.push(`${one.code ?? one.name ?? "Error"}: ${one.message ?? JSON.stringify(one)}`);
  }
  return found;
}
