/* The branch and the step in the page's address, after the #: a link leads to where its sender was.
 *
 * A step is written as people say it: its number; "6.1" for what the attacker does first after step 6, "0.1" before step 1;
 * and "3~2" for the second event of that branch that takes step 3. With "present" the player is presented.
 */

/** @import { EventJson, Opened } from "./payload.d.ts" */
/** @import { Data } from "./types.d.ts" */

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
 * Keeps the address and the view in step. `go` takes a view; what the address names and the branches do not have is left
 * out of it.
 * @type {(data: Data, current: () => Opened & { presenting: boolean }, go: (view: Partial<Opened>) => void) =>
 *   { read(): Partial<Opened>, isStage(): boolean, write(view: Opened & { presenting: boolean }): void, stop(): void }}
 */
export function makeAddress(data, current, go) {
  const asking = () => new URLSearchParams(window.location.hash.slice(1));
  const read = () => {
    const asked = asking();
    /** @type {Partial<Opened>} */
    const view = {};
    const branch = data.branches.get(asked.get("branch") ?? "");
    if (branch) view.branch = branch.name;
    const events = (branch ?? data.branches.get(current().branch))?.events ?? [];
    const step = asked.get("step") ?? "";
    const position = step === "0" ? 0 : stepNames(events).indexOf(step) + 1;
    if (step === "0" || position) view.position = position;
    return view;
  };
  /** @type {(view: Opened & { presenting: boolean }) => void} */
  const write = ({ branch, position, presenting }) => {
    const names = stepNames(data.branches.get(branch)?.events ?? []);
    const step = position ? names[position - 1] : "0";
    const hash = `#${new URLSearchParams({ branch, step })}${presenting ? "&present" : ""}`;
    if (hash === window.location.hash) return;
    try {
      window.history.replaceState(null, "", hash);
    } catch {
      // A page inside a frame may not have an address to change.
    }
  };
  const onHash = () => go(read());
  window.addEventListener("hashchange", onHash);
  return { read, isStage: () => asking().has("present"), write, stop: () => window.removeEventListener("hashchange", onHash) };
}
