/* The types that the modules of the player share. What Python hands over has its types in payload.d.ts. */

import type { Branch, EventJson, Kind, Opened, Payload, SecretJson, VerdictJson, WordJson } from "./payload.d.ts";

/** What `h` takes as a child: nested lists are flattened, and what is false, null or empty is left out. */
export type Child = Node | string | number | false | null | undefined | readonly Child[];

type Attribute = string | number | boolean | null | undefined;
/** An event whose listener was set on this element. */
type On<E> = E & { currentTarget: HTMLElement };

/** Attributes that the front ends set, by name, and listeners as `onclick`. */
export type Props = {
  [name in `aria-${string}` | `data-${string}`]: Attribute;
} & {
  [name in
    | "class" | "id" | "type" | "role" | "title" | "tabindex" | "href" | "target" | "rel" | "value" | "name" | "hidden"
    | "checked" | "colspan" | "open" | "inert" | "readonly" | "scope" | "label" | "sandbox" | "srcdoc"]?: Attribute;
} & {
  [name in keyof HTMLElementEventMap as `on${name}`]?: (event: On<HTMLElementEventMap[name]>) => unknown;
};

/** An element that Python has drawn: a text, or a tag, its attributes and what is in it. */
export type Tree = string | [tag: keyof HTMLElementTagNameMap, attributes: Props, ...Tree[]];

/** A text in pieces: what is no secret, and the secrets in it, as they are written there. */
export type Piece = string | { secret: SecretJson; text: string };
/** Cuts a text; where one value is two secrets, `hint`, the name of a parameter, says which of them it is here. */
export type Find = (text: string, hint?: string) => Piece[];
/** A name as a button that explains it, or as plain text where nothing is known. */
export type Ask = (place: string, name: string, shown?: string) => HTMLElement;
/** Where in a message one is: what a query or a form sent to this address is. */
export interface PlaceFinder {
  ofQuery(address: string): string;
  ofForm(address: string, form: string): string;
}

/** The words that are explained, by any of their names. */
export interface Words {
  find(name: string): WordJson | undefined;
  /** A button that explains this word, or plain text where nothing is known of it. */
  button(shown: string, name?: string, className?: string): HTMLElement;
  /** Makes buttons of the words that stand directly in this element, each once. */
  mark(node: Element): void;
}

/** What a lane holds of a kind, and since which event. */
export interface Held {
  value: string;
  since: number;
}

/** What is remembered, by lane and name. */
export type Memory = Record<string, Record<string, string>>;

/** A branch made ready to be shown; `holdings` has for each position what is held, by cell (trace.js), `memories` what is remembered. */
export interface ReadyBranch extends Branch {
  events: EventJson[];
  verdict: VerdictJson;
  holdings: Map<string, Held>[];
  memories: Memory[];
  find: Find;
}

/** The payload made ready once. */
export interface Data {
  payload: Payload;
  branches: Map<string, ReadyBranch>;
  kinds: Set<string>;
  ask: Ask;
  words: Words;
  places: PlaceFinder;
  rows: Kind[];
  stepName(number: number): string;
  nameOf(id: string): string;
  chip(kind: string): HTMLElement;
}

export type TabId = "message" | "checks" | "knows" | "memory" | "page";
export type Side = "left" | "right";

/** What a reader has chosen and keeps when another payload takes the place of this one. */
export interface Kept {
  tab: TabId;
  /** The event, by key, at which the tab was chosen. */
  pickedAt: string | null;
  hideFuture: boolean;
  speed: number;
  detailed: boolean;
  comparing: boolean;
  left: string | null;
  right: string | null;
  answers: Answers;
}

/** Branch → the place in its choices of what was predicted, or null where the reader looked without an answer. */
export type Answers = Record<string, number | null>;

/** What a reader can change, and nothing that can be computed from it. */
export interface State extends Kept, Opened {
  playing: boolean;
  presenting: boolean;
  /** Whether it shows what a room needs also where it stands, as on a slide. */
  inPlace: boolean;
  blank: boolean;
  /** How large the type of a presentation is; 1 as the window would have it. */
  size: number;
  notice: string;
  /** What the notice is about. */
  noticed: "" | "attack" | "keys";
  revealed: Set<string>;
}

/** A tab of the card, and whether it has something to say about this event. */
export interface Tab {
  id: TabId;
  name: string;
  full: boolean;
}

/** The payload as seen from the state. */
export interface View {
  data: Data;
  state: State;
  branch: ReadyBranch;
  position: number;
  event: EventJson | null;
  memory: Memory;
  memoryBefore: Memory;
  key: string;
  atEnd: boolean;
  held: Map<string, Held>;
  where: string;
  tabs: Tab[];
  tab: TabId;
}

/** Builds its elements once, then repaints them from the view. */
export interface Part {
  root: HTMLElement;
  paint(view: View): void;
}

/** What a key or a button without a choice of its own does. */
export type PlainAction =
  | "next" | "back" | "first" | "last" | "compare" | "inject" | "play" | "toggleFuture" | "present" | "start" | "leave" | "notes"
  | "details" | "blank" | "larger" | "smaller" | "help";

/** The only functions that change the state. */
export type Actions = { [name in PlainAction]: () => void } & {
  go(position: number): void;
  branch(name: string): void;
  choose(side: Side, branch: string): void;
  predict(branch: string, said: number | null): void;
  open(branch: string, position: number): void;
  speed(speed: number): void;
  digit(sign: string): void;
  tab(id: string): void;
};

/** Keys that do one thing, and what the help says of them. */
export interface KeyRow {
  keys: string[];
  action: PlainAction;
  text: string;
}

/** The name of a player in an address that may name others, and what else the page needs. */
export interface Link {
  name: string;
}

export interface MountOptions {
  /** Whether the keys are the player's also where nothing has the focus: the page holds nothing else. */
  alone?: boolean;
  /** Keys that whoever holds this player listens for, so that the help names them. */
  moreKeys?: Pick<KeyRow, "keys" | "text">[];
  /** What to begin with, else the payload's own view. */
  view?: Partial<Opened>;
  /** Whether the page's own address says where we are; only for a page that has nothing else in it. */
  address?: boolean;
  /** Where the page has more in it: the name under which its address may say where we are, which may be empty. */
  link?: Link;
  /** Whether keys that mean nothing to the player go on to the page. */
  shared?: boolean;
  /** Whether it shows what a room needs in its place, as on a slide. */
  inPlace?: boolean;
  /** What the reader had chosen in a player whose place this one takes. */
  kept?: Partial<Kept>;
  /** Called when the reader has answered a question, or has chosen to see what comes without an answer. */
  onAnswer?(branch: string, said: number | null): void;
  /** Called whenever the reader has changed the branch or the position. */
  onView?(view: Opened): void;
}

export interface Player {
  root: HTMLElement;
  readonly view: Opened;
  readonly kept: Kept;
  /** Whether the address of the page has led to a place in this player. */
  linked: boolean;
  /** Where these words lead, as an address says them; or a sentence that says what is not there. */
  find(words: { branch?: string; step?: string }): Opened | string;
  show(view: Partial<Opened>): void;
  /** Show another payload from now on, at this place in it. What the reader has chosen stays. */
  refresh(next: Payload, view: Opened): void;
  destroy(): void;
}

/** What has changed in a live world: these branches of those in `order`. `since` names this moment when one asks for more. */
export interface NewPart extends Payload {
  order: string[];
  since: string;
}

/**
 * How a reader watches a live world: whether they go along with what comes in, which branch they stay with, and in which
 * something happened last.
 */
export interface Following {
  follow: boolean;
  pinned: string | null;
  latest: string;
}

export interface LiveOptions {
  /** Called when the reader has chosen which attacker is loose; null for nobody. */
  onAttack?(name: string | null): void;
  /** Whether the keys are the player's also where nothing has the focus: the page holds nothing else. */
  alone?: boolean;
}

export interface LivePlayer {
  root: HTMLElement;
  update(next: Payload): void;
  destroy(): void;
}

declare global {
  /** What Python puts before the module for any page (any_page.py). */
  const PLAYER_STYLES: string;
  /** The version of the traces that the module reads. */
  const TRACE_VERSION: number;
}
