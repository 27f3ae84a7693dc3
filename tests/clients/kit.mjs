// How an app here talks to whoever drives it, a line of JSON each way. It is told which step to do: `begin` with the site to
// log in at, then `finish` with the address where the browser came back to, and so on. It says what the step brought
// (`done`), or why its library refuses to go on (`refused`). Where the site says so, its requests go out by these lines,
// too: it says what it would fetch (`fetch`) and hears the answer.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const network = globalThis.fetch;

/** What is said next; undefined at the end. */
async function heard() {
  const { value } = await lines.next();
  return value === undefined ? undefined : JSON.parse(value);
}

let earlier = Promise.resolve();

/** As `fetch`, but by the lines; one request after the other, so that each hears its own answer. */
function fetchByLines(resource, options) {
  const answer = earlier.then(async () => {
    const asked = new Request(resource, options);
    say({ fetch: { method: asked.method, url: asked.url, headers: [...asked.headers], body: await asked.text() } });
    const came = await heard();
    if (!came?.status) throw new TypeError(`fetch failed: ${came?.error}`);
    return new Response(came.body || null, { status: came.status, headers: came.headers });
  });
  earlier = answer.catch(() => undefined);
  return answer;
}

/** Does one step after the other of an app, which `made` makes for a site; what is thrown is said, with what has caused it. */
export async function run(made) {
  let app;
  for (let told = await heard(); told; told = await heard()) {
    try {
      const { step, given } = told;
      if (step === "begin") {
        globalThis.fetch = given.by_lines ? fetchByLines : network;
        app = made(given);
      }
      say({ done: (await app[step]?.(given)) ?? null });
    } catch (error) {
      say({ refused: reasons(error).join(" <- ").slice(0, 500) });
    }
  }
  process.exit(0);
}

function reasons(error) {
  const found = [];
  for (let one = error; one?.message && found.length < 5; one = one.cause) {
    found.push(`${one.code ?? one.name}: ${one.message}`);
  }
  return found.length > 0 ? found : [String(error)];
}
