// The one module of all live widgets, for anywidget; the widget's kind says which of them it is.

/** @import { Kinds, Props } from "./types.d.ts" */
import { renderLesson } from "./lesson.js";
import { renderMatrix } from "./matrix.js";
import { renderPing } from "./ping.js";
import { renderTopology } from "./topology.js";
import { renderWhy } from "./why.js";

/** @type {{ [Kind in keyof Kinds]: (props: Props<Kinds[Kind]>) => void }} */
const RENDERERS = {
  lesson: renderLesson,
  matrix: renderMatrix,
  ping: renderPing,
  topology: renderTopology,
  why: renderWhy,
};

/**
 * @template {keyof Kinds} Kind
 * @param {Props<Kinds[Kind]>} props
 */
function render(props) {
  const kind = /** @type {Kind} */ (props.model.get("kind"));
  RENDERERS[kind](props);
}

export default { render };
