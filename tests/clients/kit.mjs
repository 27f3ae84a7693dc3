// How a program here talks to whoever drives it: it prints the address that a user is to open, and reads where the browser
// came back to. A line of JSON each way. At the end it prints what it has.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks for a login at this address, and gives the address that the browser was sent to. */
export async function visit(address) {
  process.stdout.write(`${JSON.stringify({ open: String(address) })}\n`);
  const answer = await lines.next();
  if (answer.done) throw new Error("nobody answered");
  return new URL(JSON.parse(answer.value).came_to);
}

/** Prints what has come of it, and ends. */
export function done(result) {
  process.stdout.write(`${JSON.stringify({ done: result })}\n`);
  process.exit(0);
}

/** Runs the program; what it throws is printed in one line. */
export function run(program) {
  program(JSON.parse(process.argv[2])).then(done, (error) => {
    const causes = [];
    for (let one = error; one; one = one.cause) causes.push(`${one.code ?? one.name ?? "Error"}: ${one.message ?? JSON.stringify(one)}`);
    process.stdout.write(`${JSON.stringify({ refused: causes.join(" <- ").slice(0, 500) })}\n`);
    process.exit(0);
  });
}
