// What the notebook kernel tells the views: the synced traits of live_topology.py, live_history.py, live_ping.py, live_matrix.py, live_lesson.py and live_why.py.

import type { AnyModel, RenderProps } from "@anywidget/types";

export type Model<State extends object> = AnyModel<State>;
export type Props<State extends object> = RenderProps<State>;
export type Send = (type: string, more?: Record<string, unknown>) => void;
export type XY = [x: number, y: number];
export type Box = [x: number, y: number, width: number, height: number];
export type Words = Record<string, string>;

/** A scene as one SVG. */
export interface Chart {
  width: number;
  height: number;
  svg: string;
  description: string;
}

/** A box or a card of the picture: what is drawn, where it can be pointed at, what it is called. */
export interface Part {
  id: string;
  svg: string;
  label: string;
  box: Box;
  origin: XY;
  opens: string;
  peer?: string;
}

export interface NamespacePart extends Part {
  interfaces: Part[];
}

export interface Picture {
  width: number;
  height: number;
  between: string;
  marked: boolean;
  said: string;
  opened: Partial<Record<"id" | "first" | "label", string>>;
  namespaces: NamespacePart[];
}

/** What is told about the part that is selected. */
export interface Details {
  id: string;
  title: string;
  html: string;
  result: string;
  actions: [label: string, line: string][];
}

/** A packet on its way there and back, each a line of points, or lost at the end of the last one. */
export interface Packet {
  type: "packet";
  routes: XY[][];
  lost: boolean;
}

export interface Live {
  kind: keyof Kinds;
  lang: string;
  words: Words;
  lost: string;
}

export interface TopologyState extends Live {
  picture: Picture;
  details: Partial<Details>;
  failure: string;
}

export interface LessonStep {
  id: string;
  title: string;
  state: "done" | "lost" | "open" | "look";
  when: string;
  spoken: string;
}

/** A step of the session. */
export interface Mark {
  number: number;
  said: string;
  ours: boolean;
}

export interface LessonState extends TopologyState {
  time_line: { marks: Mark[]; earlier: string; number: number; then: string };
  outcome: Partial<Record<"said" | "html", string>>;
  lab_number: number;
  docked: boolean;
  dock: string;
  lesson: {
    title: string;
    progress: string;
    done: number;
    count: number;
    said: string;
    steps: LessonStep[];
  };
  about: Partial<Record<"id" | "html" | "hint", string>> & { more?: boolean };
}

export interface PingState extends Live {
  running: boolean;
  chart: Chart | Record<string, never>;
  said: string;
  facts: string;
  text: string;
  command: string;
}

export interface MatrixState extends Live {
  chart: Chart;
  done: number;
  total: number;
  progress: string;
}

/** What can be asked: the line that asks it; in a grid, where its cell is and what it is called. */
export interface Question {
  line: string;
  label?: string;
  box?: Box;
}

export interface WhyState extends Live {
  questions: Question[];
  grid: Partial<Chart & Record<"above" | "below", string>>;
  answer: { id?: number; busy?: boolean; html?: string; said?: string };
}

export interface Kinds {
  lesson: LessonState;
  topology: TopologyState;
  ping: PingState;
  matrix: MatrixState;
  why: WhyState;
}
