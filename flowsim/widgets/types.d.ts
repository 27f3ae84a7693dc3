/* The types of the widgets: anywidget's model, and what each widget of ours keeps in it. */

import type { Clause, Opened, Payload, QuestionJson } from "../front_end/static/payload.d.ts";
import type { Answers, NewPart, Tree } from "../front_end/static/types.d.ts";

/** The front end's half of a widget's traits, as anywidget hands it over. */
export interface Model<Traits> {
  get<Name extends keyof Traits>(name: Name): Traits[Name];
  set(values: Partial<Traits>): void;
  save_changes(): void;
  send(content: object): void;
  on(events: string, callback: (content?: any) => void): void;
  off(events: string, callback: (content?: any) => void): void;
  /** What the host makes widgets with; JupyterLab's and Notebook's has the kernel, where there is one. */
  widget_manager: {
    kernel?: { status: string } | null;
    get_model(id: string): Promise<Model<{ code: string }>>;
  };
}

/** What every widget of ours has: the name of what draws it, and which model carries the module, as ipywidgets writes it. */
export interface Shared {
  front_end: string;
  module: string;
}

/** What anywidget calls `render` with; what that returns is called when the view goes. */
export type Render<Traits> = (context: { model: Model<Traits>; el: HTMLElement }) => () => void;

export type PlayerTraits = Opened & { payload: Payload; answers: Answers };

/** `first` is what there was when the widget was made; `changes` grows with what has changed since. */
export interface WatchTraits {
  first: NewPart;
  changes: number;
  attack: string | null;
}

/** A question of its own; `said` is null until it is answered, and -1 where the reader looked without an answer. */
export interface PredictTraits {
  asked: { question: QuestionJson; shown: string };
  said: number | null;
}

/** What a switch answers: a defence, or with `check` a check of the protocol. */
export interface Answer {
  name: string;
  title: string;
  clause: string;
  url: string;
  answers: string[];
  check?: true;
}

export interface BenchTraits {
  kind: "problem" | "hint" | "about";
  text: string;
  answers: Answer[];
  ready: string;
  answered: number;
}

export interface LabAttack {
  name: string;
  title: string;
  about: string;
  reach: [position: string, can: string][];
  defences: string[];
  more: string[];
}

/** What came of a run; `kind` is empty before the first one. */
export interface LabResult {
  kind: "" | "works" | "stopped" | "no login" | "problem";
  lead?: string;
  text?: string;
  of?: string;
  compare?: boolean;
  check?: string;
  without?: string;
  clause?: string;
  url?: string;
}

export interface LabTraits {
  offered: { attacks: [gain: string, inside: LabAttack[]][]; defences: Record<string, Answer> };
  /** The legend, and for each table of the matrix its heading and the table. */
  matrix: Tree[];
  attack: string;
  ticked: string[];
  result: LabResult;
  score: string;
  answered: number;
}

/** An answer to a statement, and what the runs say to it; null is "I do not know". */
export interface Judged {
  text: string;
  said: boolean | null;
  holds: boolean;
  right: boolean;
  answer: string;
  reason: string;
  clause: string;
  url: string;
  lines: [name: string, came: string, sentence: string][];
}

export interface QuizStatement {
  kind: "asked" | "judged";
  place: string;
  done: number;
  score: string;
  text: string;
  rule: string;
  told: Judged[];
  compare: boolean;
  first: boolean;
  all: boolean;
  next: string;
}

export interface QuizEnd {
  kind: "end";
  score: string;
  told: Judged[];
  /** The number of the statement that was looked at last, or null. */
  left: number | null;
}

export interface QuizTraits {
  view: QuizStatement | QuizEnd;
  answered: number;
}

/** A case of the clinic once it is over: what was wrong, and for step and party what was said, what is so, and whether it fits. */
export interface ClinicSolution {
  lead: string;
  text: string;
  points: string;
  lines: [what: string, said: string, is: string, right: boolean][];
  remedy: string;
  cause: string;
  diagnosis: string;
  settings: string[];
  clause: string;
  url: string;
  seen: string;
  given_up: boolean;
}

/** A case as one sees it; `came` is what came of a repair that was none, and `solution` null until the case is over. */
export interface ClinicCase {
  kind: "asked" | "over";
  place: string;
  done: number;
  score: string;
  rule: string;
  title: string;
  symptom: string;
  hints: string[];
  more: number;
  steps: [number: string, title: string][];
  parties: [id: string, name: string][];
  repairs: [key: string, words: string][];
  said: { step: string; party: string; repair: string };
  came: { kind: string; lead: string; text: string } | null;
  problem: string;
  solution: ClinicSolution | null;
  first: boolean;
  next: string;
}

export interface ClinicList {
  kind: "list";
  score: string;
  left: string;
  cases: [name: string, title: string, how: string][];
  groups: [heading: string, count: number][];
}

export interface ClinicTraits {
  view: ClinicCase | ClinicList;
  answered: number;
}

/** A box of the tree of what was tried: what it hangs on, what it says, whether more is behind it, and whether a player can show it. */
export interface SearchBox {
  key: string;
  under: string;
  level: number;
  text: string;
  unfolds: boolean;
  unfolded: boolean;
  opens: boolean;
}

export interface SearchTree {
  /** Empty where nothing is there to draw with; `text` says the same. */
  svg: string;
  text: string;
  boxes: SearchBox[];
  /** The key of the box that the player shows; empty where that is the attack. */
  opened: string;
}

export interface SearchAnswer {
  kind: "found" | "none" | "ended";
  text: string;
  meaning: string;
  levels: [moves: string, worlds: string][];
  left_out: string[];
}

/** A search: to be begun, under way, over, or with a goal that has failed. */
export interface SearchView {
  kind: "asked" | "under way" | "over" | "problem";
  question: string;
  positions: [name: string, can: string][];
  problem: string;
  progress: { part: number; worlds: string; depth: string; left: string } | null;
  answer: SearchAnswer | null;
  tree: SearchTree | null;
}

export interface SearchTraits {
  view: SearchView;
  answered: number;
}

/** An exercise as one sees it; `outcome` is null before the first answer, and `hint` empty before one asks for it. */
export interface ExerciseView {
  kind: "choice" | "several" | "value" | "made";
  place: string;
  id: string;
  question: string;
  options: { key: string; text: string }[];
  chosen: string | string[];
  hint: string;
  outcome: { state: string; lead: string; text: string; hint: string; kept: string } | null;
}

export interface ExerciseTraits {
  view: ExerciseView;
  answered: number;
}

export interface FlowAnswer {
  text: string;
  reason: string;
  clauses: Clause[];
  to: string;
}

export interface FlowQuestion {
  text: string;
  answers: FlowAnswer[];
}

export interface FlowOutcome {
  title: string;
  text: string;
  pkce: string;
  clauses: Clause[];
  code: string;
}

export interface FlowTable {
  start: string;
  questions: Record<string, FlowQuestion>;
  outcomes: Record<string, FlowOutcome>;
}

export interface FlowTraits {
  table: FlowTable;
  answers: number[];
}
