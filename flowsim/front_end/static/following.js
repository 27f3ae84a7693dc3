/* What becomes of the reader's place when more has come in. Nothing here touches the page.
 *
 * Who follows is taken to the newest event. Who has pinned a branch stays in it. Who does neither stays where they are,
 * whatever comes, and hears how much that is.
 */

/** @import { Opened, Payload } from "./payload.d.ts" */
/** @import { Following } from "./types.d.ts" */

/**
 * The branches that have grown, the one with the newest event last.
 * @type {(before: Payload | null, after: Payload) => string[]}
 */
export function grown(before, after) {
  const was = new Map((before?.branches ?? []).map((branch) => [branch.name, branch.trace.events.length]));
  return after.branches
    .filter((branch) => branch.trace.events.length > (was.get(branch.name) ?? 0))
    .map((branch) => ({ name: branch.name, now: branch.trace.events.at(-1)?.now ?? 0 }))
    .sort((one, other) => one.now - other.now)
    .map(({ name }) => name);
}

/**
 * How many events there are by now that there were not before.
 * @type {(before: Payload | null, after: Payload) => number}
 */
export function arrived(before, after) {
  const was = new Map((before?.branches ?? []).map((branch) => [branch.name, branch.trace.events.length]));
  return after.branches.reduce((sum, { name, trace }) => sum + Math.max(0, trace.events.length - (was.get(name) ?? 0)), 0);
}

/**
 * Where the reader is after this: at the end of a branch that has grown, or where they were.
 * @type {(before: Payload | null, after: Payload, view: Opened, mode: Following) => Opened}
 */
export function whereTo(before, after, view, mode) {
  const here = after.branches.find((branch) => branch.name === view.branch);
  if (!here) return endOf(after, after.branches.at(-1)?.name ?? "");
  if (!mode.follow) return view;
  const names = grown(before, after);
  const name = mode.pinned === null ? names.at(-1) : names.find((one) => one === mode.pinned);
  return name === undefined ? view : endOf(after, name);
}

/**
 * The end of this branch: all of its events have happened.
 * @type {(payload: Payload, name: string) => Opened}
 */
export function endOf(payload, name) {
  const found = payload.branches.find((branch) => branch.name === name);
  return { branch: name, position: found ? found.trace.events.length : 0 };
}

/**
 * Whether this place is the end of its branch: who goes elsewhere does not follow any more.
 * @type {(payload: Payload, view: Opened) => boolean}
 */
export const atTheEnd = (payload, view) => endOf(payload, view.branch).position === view.position;

/**
 * The payload after a part of it has come: branches that have not changed are kept, in the order that was named.
 * @type {(before: Payload | null, part: Payload & { order: string[] }) => Payload}
 */
export function merged(before, part) {
  const known = new Map([...(before?.branches ?? []), ...part.branches].map((branch) => [branch.name, branch]));
  const branches = part.order.flatMap((name) => known.get(name) ?? []);
  return { ...part, words: part.words.length ? part.words : (before?.words ?? []), branches };
}
