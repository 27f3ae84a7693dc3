/* The player: a reader steps through one login in it, forwards, backwards, and into the branch of an attacker.
 *
 * It gets one plain object, the payload, which holds every branch from its first event to its verdict. Stepping is
 * therefore an index that changes here, in the browser: it never waits for a kernel, and there need not be one.
 *
 *   state    what a reader can change, and nothing that can be computed from it
 *   view     what the parts show: the payload as seen from the state (trace.js)
 *   a part   { root, paint(view) }: builds its elements once, then repaints them from the view (parts.js, diagram.js)
 *   actions  the only functions that change the state; buttons, keys (keys.js) and the kernel all come through them
 *
 * A new way to look at a trace is a new part or a new panel (panels.js); a new way to steer is a new action.
 *
 * Python joins these files into one module, in the order in which they import each other (source.py). Their top-level
 * names therefore differ from file to file.
 */

import { makeAddress } from "./address.js";
import { COMPARE, isShown, makeBar } from "./bar.js";
import { makeComparison } from "./compare.js";
import { makeDiagram } from "./diagram.js";
import { h, mark } from "./elements.js";
import { makeHelp } from "./help.js";
import { listen } from "./keys.js";
import { makeCard, makeLedger, makeNotice, makeTimeline, makeVerdict, makeVoice } from "./parts.js";
import { makePaper } from "./paper.js";
import { makeClock } from "./play.js";
import { makeBlank, makeDecision, makeNotes, makeStage } from "./presenter.js";
import { moment, prepare, viewOf } from "./trace.js";
import { makeTranscript } from "./transcript.js";

const DIGIT_PAUSE = 700;
let players = 0;

/* Builds a player in `el` and returns { root, view, kept, show(view), destroy() }.
 * options.view     { branch, position } to begin with, else the payload's own
 * options.address  whether the page's own address says where we are; only for a page that has nothing else in it
 * options.kept     what the reader had chosen in a player whose place this one takes
 * options.onView   called with { branch, position } whenever the reader has changed one of them */
export function mount(el, payload, options = {}) {
  const data = prepare(payload);
  const number = (players += 1);
  const ids = Object.fromEntries(["main", "panel", "tab", "help"].map((name) => [name, `fs-${name}-${number}`]));
  const state = {
    branch: payload.branches[0].name,
    position: 0,
    tab: "message",
    pickedAt: null,
    hideFuture: false,
    playing: false,
    speed: 1,
    presenting: false,
    notes: false,
    detailed: false,
    blank: false,
    comparing: false,
    left: null,
    right: null,
    notice: "",
    revealed: new Set(),
    ...options.kept,
  };
  const isComparable = () => payload.branches.filter((branch) => isShown(branch, state)).length > 1;
  const eventsHere = () => data.branches.get(state.branch).events;

  /* Takes what fits and leaves the rest; says whether anything has changed. */
  const place = ({ branch = state.branch, position = state.position }) => {
    const before = `${state.branch} ${state.position}`;
    if (data.branches.has(branch)) state.branch = branch;
    if (Number.isInteger(position)) state.position = position;
    state.position = Math.min(Math.max(0, state.position), eventsHere().length);
    state.revealed.add(state.branch);
    return before !== `${state.branch} ${state.position}`;
  };
  const move = (view, { notice = "", playing = false } = {}) => {
    const moved = place(view);
    state.notice = notice;
    state.playing = playing && state.position < eventsHere().length;
    update();
    if (!moved) return;
    if (state.position === eventsHere().length) verdict.reveal();
    address?.write(state);
    options.onView?.({ branch: state.branch, position: state.position });
  };

  const actions = {
    go: (position) => move({ position }),
    next: () => actions.go(state.position + 1),
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
    /* Which branch is compared, on the left or on the right; one of the two is always the open one. */
    choose(side, branch) {
      state[side] = branch;
      move({ branch });
    },
    /* From the comparison to one event. */
    open(branch, position) {
      state.comparing = false;
      move({ branch, position });
    },
    inject() {
      const target = data.branches.get(payload.inject);
      if (!target || target.name === state.branch) return;
      state.comparing = false;
      const [view, notice] = injection(target, state.position);
      move(view, { notice });
    },
    /* At the end it begins anew. */
    play() {
      const position = state.position < eventsHere().length ? state.position : 0;
      move({ position }, { playing: !state.playing });
    },
    speed(speed) {
      state.speed = speed;
      update();
    },
    /* "1" goes to step 1; "1" and soon after it "0" goes to step 10. */
    digit(sign) {
      const now = performance.now();
      typed = { text: now - typed.at < DIGIT_PAUSE ? typed.text + sign : sign, at: now };
      const position = positionOf(typed.text, eventsHere()) ?? positionOf(sign, eventsHere());
      if (position !== undefined) actions.go(position);
    },
    tab(id) {
      state.tab = id;
      state.pickedAt = `${state.branch} ${state.position}`;
      update();
    },
    toggleFuture() {
      state.hideFuture = !state.hideFuture;
      update();
    },
    present() {
      if (state.presenting) return actions.leave();
      state.presenting = true;
      update();
      root.focus({ preventScroll: true });
      return stage.enter();
    },
    leave() {
      state.presenting = false;
      state.blank = false;
      stage.leave();
      update();
    },
    notes() {
      state.notes = !state.notes;
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
    help: () => help.open(),
  };
  let typed = { text: "", at: -Infinity };

  const bar = makeBar(data, actions, ids);
  const notice = makeNotice();
  const diagram = makeDiagram(data, actions);
  const card = makeCard(data, actions, ids);
  const ledger = makeLedger(data);
  const timeline = makeTimeline(data, actions);
  const verdict = makeVerdict(data);
  const voice = makeVoice();
  const decision = makeDecision();
  const notes = makeNotes(data);
  const blank = makeBlank(actions);
  const comparison = makeComparison(data, actions, state);
  const transcript = makeTranscript(data);
  const help = makeHelp(ids.help);
  const parts = [bar, notice, diagram, card, decision, ledger, comparison, timeline, verdict, notes, transcript, blank, voice];
  const paper = makePaper(data, () => viewOf(data, state), () => diagram.picture);
  const address = options.address && makeAddress(data, () => state, (view) => move(view));
  const main = h("div", { class: "fs-main" }, h("div", { class: "fs-side" }, diagram.root, ledger.root),
    h("div", { class: "fs-place" }, card.root, decision.root));
  const root = h("div",
    { class: "fs-player", tabindex: "0", role: "region", "aria-label": "Login player", "data-testid": "player" },
    paper.root,
    h("div", { class: "fs-frame" }, bar.root, notice.root, h("div", { id: ids.main, class: "fs-stage" }, main, comparison.root), timeline.root,
      verdict.root, notes.root, transcript.root, voice.root),
    blank.root, help.root);
  const clock = makeClock(() => move({ position: state.position + 1 }, { playing: true }));
  const stage = makeStage(root, actions.leave);

  function update() {
    const focused = root.contains(document.activeElement);
    const view = viewOf(data, state);
    for (const part of parts) part.paint(view);
    root.dataset.branch = state.branch;
    root.dataset.position = state.position;
    mark(root, "fs-presenting", state.presenting);
    mark(root, "fs-detailed", state.detailed);
    mark(root, "fs-comparing", state.comparing);
    main.hidden = state.comparing;
    clock.sync(view);
    // What was focused may be gone now; the keys must not go with it.
    const { activeElement } = document;
    if (focused && (!root.contains(activeElement) || activeElement.closest("[hidden]"))) root.focus({ preventScroll: true });
  }

  const stopListening = listen(root, actions, state);
  place(payload.view ?? {});
  place(options.view ?? {});
  if (address) place(address.read());
  state.comparing &&= isComparable();
  el.append(root);
  update();

  return {
    root,
    get view() {
      return { branch: state.branch, position: state.position };
    },
    get kept() {
      const { tab, pickedAt, hideFuture, speed, notes, detailed, comparing, left, right } = state;
      return { tab, pickedAt, hideFuture, speed, notes, detailed, comparing, left, right };
    },
    show(view) {
      if (!place(view)) return;
      state.notice = "";
      state.playing = false;
      update();
    },
    destroy() {
      stopListening();
      clock.stop();
      stage.stop();
      paper.stop();
      address?.stop();
      diagram.stop();
      root.remove();
    },
  };
}

/* Where the button "Inject the attacker" leads from this position, and what it says about that. */
function injection(target, position) {
  const at = target.inject_at ?? target.shared;
  const when = moment(target.events, at);
  if (position < at) return [{ branch: target.name, position }, `The attacker is in place, and strikes ${when}.`];
  const struck = { branch: target.name, position: at + 1 };
  if (position === at) return [struck];
  const why = target.events[at - 1]?.step === 6
    ? "an attacker has to get the code before the app redeems it."
    : "this is where the attacker comes in.";
  return [struck, `Taken back to the moment ${when}: ${why}`];
}

/* The position at which the step of this number is taken; 0 is the start. */
function positionOf(text, events) {
  const wanted = Number(text);
  return wanted === 0 ? 0 : events.find((event) => !event.between && event.step === wanted)?.index;
}

/* ---- The notebook. The kernel is told of the view and may set it; a click waits for neither. ---- */

function render({ model, el }) {
  const viewIn = () => ({ branch: model.get("branch"), position: model.get("position") });
  const onView = (view) => {
    model.set(view);
    model.save_changes();
  };
  let player = null;
  const build = () => {
    const focused = player?.root.contains(document.activeElement);
    player?.destroy();
    player = mount(el, model.get("payload"), { view: viewIn(), onView, kept: player?.kept });
    if (focused) player.root.focus({ preventScroll: true });
  };
  const pull = () => player.show(viewIn());
  const watched = { "change:payload": build, "change:branch": pull, "change:position": pull };
  build();
  for (const [name, callback] of Object.entries(watched)) model.on(name, callback);
  return () => {
    for (const [name, callback] of Object.entries(watched)) model.off(name, callback);
    player.destroy();
  };
}

export default { render };
