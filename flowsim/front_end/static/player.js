/* The player: a reader steps through one login in it, forwards, backwards, and into the branch of an attacker.
 *
 * It gets one plain object, the payload, which holds every branch from its first event to its verdict. Stepping is
 * therefore an index that changes here, in the browser: it never waits for a kernel, and there need not be one.
 *
 *   state    what a reader can change, and nothing that can be computed from it
 *   view     what the parts show: the payload as seen from the state (trace.js)
 *   a part   { root, paint(view) }: builds its elements once, then repaints them from the view (panes.js, diagram.js)
 *   actions  the only functions that change the state; buttons, keys (keys.js) and the kernel all come through them
 *
 * A new way to look at a trace is a new part or a new tab (tabs.js); a new way to steer is a new action.
 *
 * Python joins these files into one module (bundle.py). Their top-level names therefore differ from file to file.
 */

import { makeAddress, placeNamed } from "./address.js";
import { makeAutoplay } from "./autoplay.js";
import { COMPARE, isShown, makeBar } from "./bar.js";
import { makeComparison } from "./compare.js";
import { makeDiagram } from "./diagram.js";
import { h, hasFocus, mark, treeOf } from "./elements.js";
import { makeWordBox } from "./words.js";
import { makeHelp } from "./help.js";
import { listen } from "./keys.js";
import { makeLogins } from "./logins.js";
import { makeNotesLink } from "./notes.js";
import { makeCard, makeLedger, makeLiveRegion, makeNotice, makeTimeline, makeVerdict } from "./panes.js";
import { isRoomy, makeBlank, makeDecision, makeFit, makeStage } from "./presenter.js";
import { makePrediction, openAsk, shownOf } from "./prediction.js";
import { makePrintView } from "./print_view.js";
import { isTab } from "./tabs.js";
import { branchOf, moment, prepare, viewOf } from "./trace.js";
import { makeTranscript } from "./transcript.js";

/** @import { EventJson, Opened, Payload } from "./payload.d.ts" */
/** @import { Actions, Data, MountOptions, Player, ReadyBranch, State } from "./types.d.ts" */

const DIGIT_PAUSE = 700; // milliseconds
const NOTHING_TYPED = { text: "", at: -Infinity, from: 0 };
// How the type of a presentation grows with each press of a key, and how far.
const TYPE_GROWS = 1.1;
const [SMALLEST_TYPE, LARGEST] = [0.6, 2];
let players = 0;

/**
 * Builds a player in `el`.
 * @type {(el: HTMLElement, payload: Payload, options?: MountOptions) => Player}
 */
export function mount(el, payload, options = {}) {
  const data = prepare(shownOf(payload, options.kept?.answers ?? {}));
  const number = (players += 1);
  /** @type {(name: string) => string} */
  const idOf = (name) => `fs-${name}-${number}`;
  const ids = { main: idOf("main"), panel: idOf("panel"), tab: idOf("tab"), help: idOf("help") };
  /** @type {State} */
  const state = {
    branch: payload.branches[0].name,
    position: 0,
    tab: "message",
    pickedAt: null,
    hideFuture: false,
    playing: false,
    speed: 1,
    presenting: false,
    inPlace: Boolean(options.inPlace),
    detailed: false,
    blank: false,
    comparing: false,
    left: null,
    right: null,
    size: 1,
    notice: "",
    noticed: "",
    revealed: new Set(),
    answers: {},
    ...options.kept,
  };
  const isComparable = () => data.payload.branches.filter((branch) => isShown(branch, state)).length > 1;
  const eventsHere = () => branchOf(data, state.branch).events;

  /**
   * Takes what fits and leaves the rest; says whether anything has changed.
   * @type {(view: Partial<Opened>) => boolean}
   */
  const place = ({ branch = state.branch, position = state.position }) => {
    const before = `${state.branch} ${state.position}`;
    if (data.branches.has(branch)) state.branch = branch;
    if (Number.isInteger(position)) state.position = position;
    state.position = Math.min(Math.max(0, state.position), eventsHere().length);
    state.revealed.add(state.branch);
    return before !== `${state.branch} ${state.position}`;
  };
  /** @type {(notice: string, noticed: State["noticed"]) => void} */
  const say = (notice, noticed) => {
    state.notice = notice;
    state.noticed = notice ? noticed : "";
  };
  /** @type {(view: Partial<Opened>, how?: { notice?: string, noticed?: State["noticed"], playing?: boolean }) => void} */
  const move = (view, { notice = "", noticed = "attack", playing = false } = {}) => {
    const moved = place(view);
    typed = NOTHING_TYPED;
    say(notice, noticed);
    state.playing = playing && state.position < eventsHere().length;
    update();
    if (!moved) return;
    address?.write(state);
    options.onView?.({ branch: state.branch, position: state.position });
  };

  /** @type {Actions} */
  const actions = {
    go: (position) => move({ position }),
    next() {
      const atEnd = state.position === eventsHere().length;
      if (atEnd && !state.comparing && openAsk(payload, state.answers, state.branch)) prediction.focus();
      else actions.go(state.position + 1);
    },
    back: () => actions.go(state.position - 1),
    first: () => actions.go(0),
    last: () => actions.go(eventsHere().length),
    branch(branch) {
      state.comparing = branch === COMPARE;
      move(state.comparing ? {} : { branch });
    },
    compare() {
      if (!isComparable()) return;
      actions.branch(state.comparing ? state.branch : COMPARE);
    },
    // Which branch is compared, on the left or on the right; one of the two is always the open one.
    choose(side, branch) {
      state[side] = branch;
      move({ branch });
    },
    // From the comparison to one event.
    open(branch, position) {
      state.comparing = false;
      move({ branch, position });
    },
    inject() {
      const target = data.branches.get(branchOf(data, state.branch).inject ?? "");
      if (!target) return;
      state.comparing = false;
      const { position, notice } = injection(target, state.position);
      move({ branch: target.name, position }, { notice });
    },
    // What was said, or null to see it without an answer; from then on nothing of the branch is hidden.
    predict(branch, said) {
      if (branch in state.answers) return;
      state.answers = { ...state.answers, [branch]: said };
      Object.assign(data, prepare(shownOf(payload, state.answers)));
      update();
      options.onAnswer?.(branch, said);
    },
    // At the end it begins anew.
    play() {
      const position = state.position < eventsHere().length ? state.position : 0;
      move({ position }, { playing: !state.playing });
    },
    speed(speed) {
      state.speed = speed;
      update();
    },
    // "1" goes to step 1; "1" and soon after it "0" goes to step 10. Where there is no such step, one stays where one was.
    digit(sign) {
      const now = performance.now();
      const goesOn = now - typed.at < DIGIT_PAUSE;
      if (sign === "0" && !goesOn && state.presenting && state.size !== 1) {
        resize(1);
        return;
      }
      const digits = { text: goesOn ? typed.text + sign : sign, at: now, from: goesOn ? typed.from : state.position };
      const position = positionOf(digits.text, eventsHere());
      if (position !== undefined) actions.go(position);
      else move({ position: digits.from }, { notice: withoutStep(data, digits.text, eventsHere()), noticed: "keys" });
      typed = digits;
    },
    larger: () => resize(state.size * TYPE_GROWS),
    smaller: () => resize(state.size / TYPE_GROWS),
    tab(id) {
      if (!isTab(id)) return;
      state.tab = id;
      state.pickedAt = `${state.branch} ${state.position}`;
      update();
    },
    toggleFuture() {
      state.hideFuture = !state.hideFuture;
      update();
    },
    present() {
      if (state.presenting) actions.leave();
      else actions.start();
    },
    // A clicker's key to begin the show. Where it has begun, only the screen may become full.
    start() {
      state.presenting = true;
      update();
      root.focus({ preventScroll: true });
      stage.enter();
      address?.write(state);
    },
    leave() {
      state.presenting = false;
      state.blank = false;
      stage.leave();
      update();
      address?.write(state);
    },
    notes() {
      stage.hold();
      if (notes.open()) return;
      say("No window for the notes could be opened here. Allow this page to open one, or present the exported page.", "keys");
      update();
    },
    details() {
      state.detailed = !state.detailed;
      update();
    },
    blank() {
      state.blank = !state.blank;
      update();
      root.focus({ preventScroll: true });
    },
    help: () => help.open(state.presenting),
  };
  let typed = NOTHING_TYPED;
  /** @type {(size: number) => void} */
  const resize = (size) => {
    state.size = Math.min(LARGEST, Math.max(SMALLEST_TYPE, Math.abs(size - 1) < 0.01 ? 1 : size));
    update();
    diagram.resize();
  };

  const bar = makeBar(data, actions, ids);
  const notice = makeNotice();
  const prediction = makePrediction(data, actions);
  const diagram = makeDiagram(data, actions);
  const card = makeCard(data, actions, ids);
  const ledger = makeLedger(data);
  const timeline = makeTimeline(data, actions);
  const logins = makeLogins(actions);
  const verdict = makeVerdict(data);
  const liveRegion = makeLiveRegion();
  const decision = makeDecision();
  const notes = makeNotesLink(data, state, actions, Boolean(options.address) && window.parent === window);
  const blank = makeBlank(actions);
  const comparison = makeComparison(data, actions, state);
  const transcript = makeTranscript(data);
  const help = makeHelp(ids.help, options.moreKeys);
  const wordBox = makeWordBox(data.words, data.kinds);
  const parts = [bar, notice, prediction, diagram, card, decision, ledger, comparison, timeline, logins, verdict, transcript, blank, liveRegion];
  const printView = makePrintView(data, () => viewOf(data, state), () => diagram.picture);
  const address = options.address || options.link
    ? makeAddress(data, () => state, (view) => move(view), options.link) : null;
  const beside = h("div", { class: "fs-place" }, card.root, decision.root);
  const main = h("div", { class: "fs-main" }, h("div", { class: "fs-side" }, diagram.root, ledger.root), beside);
  const root = h("div",
    { class: "fs-player", tabindex: "0", role: "region", "aria-label": "Login player", "data-testid": "player" },
    printView.root,
    h("div", { class: "fs-frame" }, bar.root, notice.root, prediction.root, h("div", { id: ids.main, class: "fs-stage" }, main, comparison.root), timeline.root,
      logins.root, verdict.root, transcript.root, liveRegion.root),
    blank.root, help.root, wordBox.root);
  wordBox.listen(root);
  const clock = makeAutoplay(() => move({ position: state.position + 1 }, { playing: true }));
  const stage = makeStage(root, actions.leave);
  const sized = makeFit(root, beside);

  function update() {
    const focused = hasFocus(root);
    const view = viewOf(data, state);
    for (const part of parts) part.paint(view);
    notes.paint(view);
    if (options.address) document.title = `${view.branch.experiment} – flowsim`;
    root.style.setProperty("--fs-size", String(state.size));
    root.dataset.branch = state.branch;
    root.dataset.position = String(state.position);
    mark(root, "fs-presenting", isRoomy(state));
    mark(root, "fs-in-place", state.inPlace && !state.presenting);
    mark(root, "fs-detailed", state.detailed);
    mark(root, "fs-enlarged", state.size > 1);
    mark(root, "fs-comparing", state.comparing);
    main.hidden = state.comparing;
    sized.fit(isRoomy(state) && !state.detailed && state.size <= 1);
    clock.sync(view);
    // What was focused may be gone now; the keys must not go with it.
    if (focused && (!hasFocus(root) || treeOf(root)?.activeElement?.closest("[hidden]"))) root.focus({ preventScroll: true });
  }

  const stopListening = listen(root, actions, state, { alone: Boolean(options.address || options.alone), shared: Boolean(options.shared) });
  place(payload.view);
  place(options.view ?? {});
  if (address) place(address.read());
  state.comparing &&= isComparable();
  el.append(root);
  update();
  if (address?.isStage()) actions.start();

  return {
    root,
    get view() {
      return { branch: state.branch, position: state.position };
    },
    get kept() {
      const { tab, pickedAt, hideFuture, speed, detailed, comparing, left, right, answers } = state;
      return { tab, pickedAt, hideFuture, speed, detailed, comparing, left, right, answers };
    },
    refresh(next, view) {
      payload = next;
      Object.assign(data, prepare(shownOf(next, state.answers), data.branches));
      place(view);
      update();
    },
    linked: Boolean(address?.isMeant()),
    find: (words) => placeNamed(data, state.branch, words),
    show(view) {
      if (!place(view)) return;
      say("", "");
      state.playing = false;
      update();
    },
    destroy() {
      stopListening();
      clock.stop();
      stage.stop();
      notes.stop();
      sized.stop();
      printView.stop();
      address?.stop();
      diagram.stop();
      root.remove();
    },
  };
}

/**
 * Where the button "Inject the attacker" leads from this position, and what it says about that.
 * @type {(target: ReadyBranch, position: number) => { position: number, notice: string }}
 */
function injection(target, position) {
  const at = target.inject_at ?? target.shared;
  const when = moment(target.events, at);
  if (position < at) return { position, notice: `The attacker is in place, and strikes ${when}.` };
  const struck = at + 1;
  if (position === at) return { position: struck, notice: "" };
  const why = target.events[at - 1]?.step === 6
    ? "an attacker has to get the code before the app redeems it."
    : "this is where the attacker comes in.";
  return { position: struck, notice: `Taken back to the moment ${when}: ${why}` };
}

/**
 * What to say where the step that was typed is not in this branch.
 * @type {(data: Data, text: string, events: EventJson[]) => string}
 */
function withoutStep(data, text, events) {
  const last = events.filter((event) => !event.between).at(-1);
  return `There is no step ${text} in this branch${last ? `: it ends with step ${data.stepName(last.step)}` : ""}.`;
}

/**
 * The position at which the step of this number is taken; 0 is the start.
 * @type {(text: string, events: EventJson[]) => number | undefined}
 */
function positionOf(text, events) {
  const wanted = Number(text);
  return wanted === 0 ? 0 : events.find((event) => !event.between && event.step === wanted)?.index;
}
