/* What a page tells a learning platform, through the API that SCORM 1.2 has it offer to the pages it opens.
 *
 * Source: SCORM 1.2 Run-Time Environment, section 3: where the API is found, and the elements of the data model.
 */

/** What was answered; null is "I do not know". @typedef {boolean | null} Answer */
/**
 * @typedef {{ LMSInitialize(nothing: ""): string, LMSGetValue(element: string): string,
 *   LMSSetValue(element: string, value: string): string, LMSCommit(nothing: ""): string, LMSFinish(nothing: ""): string }} Lms
 */
/** @typedef {{ name: string, right: boolean }} Asked */

const FARTHEST = 10; // windows from which the API is looked for
const LETTERS = new Map([[true, "t"], [false, "f"], [null, "n"]]);

/**
 * The API of the platform that has opened this window, in a frame of its own or in a new window; null where there is none.
 * @type {(from: any) => Lms | null}
 */
export function findLms(from) {
  return inParents(from) ?? (from.opener ? inParents(from.opener) : null);
}

/** @type {(from: any) => Lms | null} */
function inParents(from) {
  let at = from;
  for (let step = 0; step < FARTHEST; step += 1) {
    try {
      if (at.API) return at.API;
    } catch {
      return null; // a window of somebody else
    }
    if (!at.parent || at.parent === at) return null;
    at = at.parent;
  }
  return null;
}

/**
 * Begin, and give what was answered before and how to report an answer and the end. The score is the share of right
 * answers, in percent; the status is "incomplete" until all are answered, and then "completed".
 * @type {(lms: Lms, asked: Asked[], now?: () => number) => { kept: Map<string, Answer>,
 *   answer(index: number, said: Answer): void, leave(): void }}
 */
export function startReport(lms, asked, now = Date.now) {
  const began = now();
  lms.LMSInitialize("");
  const kept = readKept(lms.LMSGetValue("cmi.suspend_data"), asked);
  let told = Number(lms.LMSGetValue("cmi.interactions._count")) || 0;
  let over = false;
  /** @type {(element: string, value: string | number) => void} */
  const set = (element, value) => void lms.LMSSetValue(element, String(value));

  function report() {
    const right = asked.filter((one) => kept.get(one.name) === one.right).length;
    set("cmi.core.score.min", 0);
    set("cmi.core.score.max", 100);
    set("cmi.core.score.raw", Math.round((100 * right) / asked.length));
    set("cmi.core.lesson_status", kept.size === asked.length ? "completed" : "incomplete");
    set("cmi.suspend_data", asked.map((one) => (kept.has(one.name) ? LETTERS.get(kept.get(one.name) ?? null) : "-")).join(""));
    lms.LMSCommit("");
  }

  report();
  return {
    kept,
    answer(index, said) {
      const { name, right } = asked[index];
      kept.set(name, said);
      const place = `cmi.interactions.${told}`;
      told += 1;
      set(`${place}.id`, name);
      set(`${place}.type`, "true-false");
      if (said !== null) set(`${place}.student_response`, said ? "t" : "f");
      set(`${place}.correct_responses.0.pattern`, right ? "t" : "f");
      set(`${place}.result`, said === null ? "neutral" : said === right ? "correct" : "wrong");
      report();
    },
    leave() {
      if (over) return;
      over = true;
      set("cmi.core.session_time", timespan(now() - began));
      set("cmi.core.exit", kept.size === asked.length ? "" : "suspend");
      lms.LMSCommit("");
      lms.LMSFinish("");
    },
  };
}

/**
 * A letter for each statement, or a dash; what is of another length was written by another version, and is not read.
 * @type {(text: string, asked: Asked[]) => Map<string, Answer>}
 */
function readKept(text, asked) {
  const known = new Map([...LETTERS].map(([said, letter]) => [letter, said]));
  const letters = [...(text || "")];
  if (letters.length !== asked.length) return new Map();
  return new Map(asked.flatMap((one, at) => {
    const said = known.get(letters[at]);
    return said === undefined ? [] : [[one.name, said]];
  }));
}

/**
 * Milliseconds as SCORM's CMITimespan, `0001:02:03`.
 * @type {(milliseconds: number) => string}
 */
export function timespan(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const hours = Math.min(9999, Math.floor(seconds / 3600));
  return `${String(hours).padStart(4, "0")}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
