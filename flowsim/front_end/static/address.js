/* The branch and the step in the page's address, after the #: a link leads to where its sender was.
 *
 * A step is written as people say it: its number; "6.1" for what the attacker does first after step 6, "0.1" before step 1;
 * and "3~2" for the second event of that branch that takes step 3. With "present" the player is presented.
 */

/** @import { EventJson, Opened } from "./payload.d.ts" */
/** @import { Data, Link } from "./types.d.ts" */

/**
 * How many of these events have happened after the step of this name; undefined where there is none.
 * @type {(events: Pick<EventJson, "name" | "between">[], step: string) => number | undefined}
 */
export function positionIn(events, step) {
  if (step === "0") return 0;
  const position = stepNames(events).indexOf(step) + 1;
  return position || undefined;
}

/**
 * What an address calls each event, in order.
 * @type {(events: Pick<EventJson, "name" | "between">[]) => string[]}
 */
export function stepNames(events) {
  /** @type {string[]} */
  const names = [];
  let last = "0";
  let acts = 0;
  for (const event of events) {
    acts = event.between ? acts + 1 : 0;
    if (!event.between) last = event.name;
    const name = acts ? `${last}.${acts}` : last;
    const times = names.filter((other) => other.split("~")[0] === name).length;
    names.push(times ? `${name}~${times + 1}` : name);
  }
  return names;
}

/**
 * Where these words lead from the branch `here`: the view, or a sentence that says what is not there.
 * @type {(data: Data, here: string, words: { branch?: string, step?: string }) => Opened | string}
 */
export function placeNamed(data, here, { branch = here, step = "0" }) {
  const found = data.branches.get(branch);
  if (!found) return `There is no branch “${branch}”; expected one of: ${listed([...data.branches.keys()])}.`;
  const position = positionIn(found.events, step);
  if (position !== undefined) return { branch: found.name, position };
  return `The branch “${branch}” has no step “${step}”; expected one of: ${["0", ...stepNames(found.events)].join(", ")}.`;
}

/** @type {(names: string[]) => string} */
const listed = (names) => names.map((name) => `“${name}”`).join(", ");

// What an address says of a player: with a name before it, of the player of that name.
const OURS = /^(?:.*\.)?(?:branch|step)$/;

/**
 * Keeps the address and the view in step. `go` takes a view; what the address names and the branches do not have is left
 * out of it. With a `link` the page has more in it: the address then says `name.step` for `step` where there is a name, what
 * it says of other players stays, and an address that says anything else is not written over. `isMeant` tells whether the
 * address says anything of this player.
 * @type {(data: Data, current: () => Opened & { presenting: boolean }, go: (view: Partial<Opened>) => void, link?: Link) => {
 *   read(): Partial<Opened>, isMeant(): boolean, isStage(): boolean, write(view: Opened & { presenting: boolean }): void,
 *   stop(): void }}
 */
export function makeAddress(data, current, go, link) {
  const [branchKey, stepKey] = ["branch", "step"].map((key) => (link?.name ? `${link.name}.${key}` : key));
  const asking = () => new URLSearchParams(window.location.hash.slice(1));
  const read = () => {
    const asked = asking();
    /** @type {Partial<Opened>} */
    const view = {};
    const branch = data.branches.get(asked.get(branchKey) ?? "");
    if (branch) view.branch = branch.name;
    const events = (branch ?? data.branches.get(current().branch))?.events ?? [];
    const position = positionIn(events, asked.get(stepKey) ?? "");
    if (position !== undefined) view.position = position;
    return view;
  };
  const isMeant = () => [branchKey, stepKey].some((key) => asking().has(key));
  /** @type {(view: Opened & { presenting: boolean }) => void} */
  const write = ({ branch, position, presenting }) => {
    const names = stepNames(data.branches.get(branch)?.events ?? []);
    const asked = link ? asking() : new URLSearchParams();
    if (![...asked.keys()].every((key) => OURS.test(key))) return;
    asked.set(branchKey, branch);
    asked.set(stepKey, position ? names[position - 1] : "0");
    const hash = `#${asked}${presenting && !link ? "&present" : ""}`;
    if (hash === window.location.hash) return;
    try {
      window.history.replaceState(window.history.state, "", hash);
    } catch {
      // A page inside a frame may not have an address to change.
    }
  };
  const onHash = () => {
    if (!link || isMeant()) go(read());
  };
  window.addEventListener("hashchange", onHash);
  const stop = () => window.removeEventListener("hashchange", onHash);
  return { read, isMeant, isStage: () => !link && asking().has("present"), write, stop };
}
