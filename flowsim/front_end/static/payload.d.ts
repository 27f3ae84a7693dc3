/* What Python hands over. Written by `make payload-types` from views/formats/payload_types.py. */

/** A clause of a specification, and the address of a page where it can be read. */
export interface Clause {
  label: string;
  url: string;
}

/** A check as it was evaluated; `passed` is null where it did not apply, and where the result is `unknown`. `error` is the code of OAuth that a failure answers with, null where there is none; `refusal` is the id of what a failure comes to, and `answer` says it in words where the check decides. */
export interface CheckJson {
  id: string;
  actor: string;
  step: number;
  clause: Clause;
  title: string;
  error: string | null;
  refusal: string;
  answer: string | null;
  expected: string;
  received: string;
  passed: boolean | null;
  on: boolean;
  decides: boolean;
  unknown?: boolean;
}

/** An actor, in its column of the picture, got to know the value of a secret. */
export interface LearnedJson {
  actor: string;
  lane: string;
  kind: string;
  value: string;
}

/** A secret of a trace, and the run in which it came to be. */
export interface SecretJson {
  kind: string;
  value: string;
  run: string;
}

/** What came of it. `accounts` is whose browser is logged in as whom. */
export interface VerdictJson {
  sentence: string;
  tone: "good" | "bad" | "neutral";
  ended: string;
  attacker_holds: string[];
  attacker_reads_data: boolean;
  attack_succeeded: boolean;
  stopped_by: string | null;
  stopped_by_title: string | null;
  stopped_at_step: number | null;
  error: string | null;
  accounts: Record<string, string>;
}

export interface RequestJson {
  from: string;
  to: string;
  kind: "request";
  method: string;
  url: string;
  headers: string[][];
  body: string;
}

export interface ResponseJson {
  from: string;
  to: string;
  kind: "response";
  status: number;
  reason: string;
  headers: string[][];
  body: string;
}

export interface OpeningJson {
  from: string;
  to: string;
  kind: "opening";
  url: string;
  posted_by?: string;
  posted_to?: string;
}

export interface EventJson {
  index: number;
  step: number;
  name: string;
  run: string;
  role: string;
  attack: boolean;
  between: boolean;
  act: string;
  title: string;
  label: string;
  text: string;
  clauses: Clause[];
  from: string;
  to: string;
  before: string;
  after: string;
  outcome: string;
  now: number;
  elapsed: number;
  failed: boolean;
  lacked: string | null;
  http: (RequestJson | ResponseJson | OpeningJson)[];
  checks: CheckJson[];
  learned: LearnedJson[];
  memory_changes: Record<string, Record<string, string | null> | null>;
  unseen?: boolean;
  console?: string[];
  login?: string;
}

/** A trace: settings, events, verdict, and the value of every secret. One that was recorded `live` was never played, so it cannot be played again; `unseen` are the lanes of those whose memory the wire does not show. */
export interface TraceJson {
  version: number;
  scenario: Record<string, unknown>;
  events: EventJson[];
  verdict: VerdictJson;
  secrets: SecretJson[];
  live?: boolean;
  unseen?: string[];
}

/** A trace, its picture, and where it leaves the first branch; `hidden` until the reader asks for it. `experiment` says in one line which settings and which attack these are. `inject` names the branch that is this one with the attacker behind the button; null where there is none. `notes` has for each event what to say of it to a room, and an empty text where the notes of the step serve. `went_wrong` is the diagnosis of a login that nobody attacks and that has failed. */
export interface Branch {
  name: string;
  title: string;
  experiment: string;
  attack: boolean;
  hidden: boolean;
  inject: string | null;
  shared: number;
  inject_at: number | null;
  notes: string[];
  trace: TraceJson;
  svg: string;
  went_wrong?: string;
}

export interface StepJson {
  number: number;
  name: string;
  title: string;
  text: string;
  notes: string;
  from: string;
  to: string;
  clauses: Clause[];
}

/** A column of the picture. */
export interface Lane {
  id: string;
  name: string;
}

/** A kind of secret, and what it is called. */
export interface Kind {
  kind: string;
  name: string;
}

/** Where in a message one is: what is sent to each path, and the places in which letter case does not count. */
export interface Places {
  endpoints: Record<string, string>;
  any_case: string[];
}

/** What is open: a branch, and how many of its events have happened. */
export interface Opened {
  branch: string;
  position: number;
}

/** A question, its choices, the place of the one that is right, and why. */
export interface QuestionJson {
  name: string;
  question: string;
  choices: string[];
  right: number;
  why: string;
}

/** A question about a branch, asked after `at` of its events. Until it is answered, `before` stands for the branches of the same names: what there was of them up to then. */
export interface AskJson {
  name: string;
  question: string;
  choices: string[];
  right: number;
  why: string;
  branch: string;
  at: number;
  decided_at: number;
  before: Branch[];
}

/** A word of the glossary; `in_prose` are those of its names that mean it wherever they stand in a sentence. */
export interface WordJson {
  name: string;
  also: string[];
  text: string;
  clause: Clause | null;
  in_prose: string[];
}

/** An attacker that can be turned loose in a live world. */
export interface AttackJson {
  name: string;
  title: string;
}

/** What the player shows. `fields` is place → name → what it is for, its clause, and that clause's address. A `live` one may have no branch yet: then `waiting` says what the reader can do. Of the `attacks` that can be turned loose in it, `attack` is the one that is. */
export interface Payload {
  version: number;
  lanes: Lane[];
  steps: StepJson[];
  last_step_of_login: number;
  secrets: Kind[];
  fields: Record<string, Record<string, string[]>>;
  words: WordJson[];
  places: Places;
  branches: Branch[];
  asks: AskJson[];
  view: Opened;
  live?: boolean;
  waiting?: string;
  attacks?: AttackJson[];
  attack?: string | null;
}

export type MessageJson = RequestJson | ResponseJson | OpeningJson;
