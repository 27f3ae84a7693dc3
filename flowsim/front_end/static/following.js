/* What becomes of the reader's place when more has come in. Nothing here touches the page.
 *
 * Who follows is taken to the newest event. Who has pinned a branch stays in it. Who does neither stays where they are,
 * whatever comes, and hears how much that is.
 */

/** @import { Branch, Opened, Payload } from "./payload.d.ts" */
/** @import { Following, NewPart } from "./types.d.ts" */

/** @type {(branch: Branch | undefined) => number} */
const lengthOf = (branch) => branch?.trace.events.length ?? 0;

/**
 * How many events of each branch there are by now that there were not before, where there are any.
 * @type {(before: Payload | null, after: Payload) => Map<string, number>}
 */
export function arrived(before, after) {
  const was = new Map((before?.branches ?? []).map((branch) => [branch.name, lengthOf(branch)]));
  return new Map(after.branches
    .map((branch) => /** @type {[string, number]} */ ([branch.name, lengthOf(branch) - (was.get(branch.name) ?? 0)]))
    .filter(([, count]) => count > 0));
}

/**
 * Of these branches the one in which something happened last; of several in the same second the one that began last.
 * @type {(payload: Payload, names?: Iterable<string>) => string | undefined}
 */
export function newest(payload, names = payload.branches.map(({ name }) => name)) {
  const asked = new Set(names);
  /** @type {Branch | undefined} */
  let found;
  for (const branch of payload.branches) {
    if (!asked.has(branch.name)) continue;
    if (!found || (branch.trace.events.at(-1)?.now ?? 0) >= (found.trace.events.at(-1)?.now ?? 0)) found = branch;
  }
  return found?.name;
}

/**
 * The end of this branch: all of its events have happened.
 * @type {(payload: Payload, name: string) => Opened}
 */
export const endOf = (payload, name) =>
  ({ branch: name, position: lengthOf(payload.branches.find((branch) => branch.name === name)) });

/**
 * Where the reader is after this: at the end of a branch that has grown, or where they were.
 * @type {(before: Payload | null, after: Payload, view: Opened, mode: Following) => Opened}
 */
export function whereTo(before, after, view, mode) {
  if (!mode.follow) return view;
  const names = [...arrived(before, after).keys()];
  const name = mode.pinned === null ? newest(after, names) : names.find((one) => one === mode.pinned);
  return name === undefined ? view : endOf(after, name);
}

/**
 * Whether a reader at this place still goes along. Who has gone to an older event, or to another login than the one in
 * which something happened last, does not, unless that login is the pinned one.
 * @type {(payload: Payload, view: Opened, mode: Following) => boolean}
 */
export function goesAlong(payload, view, mode) {
  const name = mode.pinned ?? mode.latest;
  return view.branch === name && view.position === endOf(payload, name).position;
}

/**
 * How many of the events that came in the reader was not taken to.
 * @type {(before: Payload | null, after: Payload, mode: Following) => number}
 */
export function missedBy(before, after, mode) {
  if (mode.follow && mode.pinned === null) return 0;
  return [...arrived(before, after)]
    .filter(([name]) => !mode.follow || name !== mode.pinned)
    .reduce((sum, [, count]) => sum + count, 0);
}

/** @type {(missed: number, mode: Following) => string} */
export function newsOf(missed, mode) {
  if (!missed) return "";
  return `${missed} new ${missed === 1 ? "event" : "events"} ${mode.follow ? "in other logins" : "since you stopped following"}.`;
}

/**
 * The payload with the branch that the reader looks at, also where the world does not show it any more.
 * @type {(before: Payload | null, after: Payload, name: string) => Payload}
 */
export function keeping(before, after, name) {
  const lost = before?.branches.find((branch) => branch.name === name);
  if (!lost || after.branches.some((branch) => branch.name === name)) return after;
  return { ...after, branches: [lost, ...after.branches] };
}

/**
 * The payload after a part of it has come: branches that have not changed are kept, in the order that was named.
 * @type {(before: Payload | null, part: NewPart) => Payload}
 */
export function merged(before, part) {
  const known = new Map([...(before?.branches ?? []), ...part.branches].map((branch) => [branch.name, branch]));
  const branches = part.order.flatMap((name) => known.get(name) ?? []);
  return { ...part, words: part.words.length ? part.words : (before?.words ?? []), branches };
}
