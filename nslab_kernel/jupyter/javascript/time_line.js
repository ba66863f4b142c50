// The steps of the session as marks in a row: press one to see the network as it was after it, or take it back there.

/** @import { LessonState, Mark, Words } from "./types.d.ts" */
import { button, html, setAttributes } from "./elements.js";

const AT_THE_END_PX = 30;

/**
 * Returns a function that draws the marks, and what came of going back.
 * @param {Element} parent
 * @param {Words} words
 * @param {(type: "look-back" | "go-back", number: number) => void} send 0 is the network as it is now
 */
export function createTimeLine(parent, words, send) {
  const { steps = "", back = "", now = "" } = words;
  const section = html(parent, "section", { class: "nl-time", "aria-label": steps });
  const head = html(section, "p", { class: "nl-facts" });
  const row = html(section, "div", { class: "nl-marks", role: "group", "aria-label": steps });
  const told = html(section, "div", { role: "status" });
  const then = html(told, "p");
  const buttons = html(section, "div", { class: "nl-row" });
  button(buttons, back, () => send("go-back", shown));
  button(buttons, now, () => lookBack(0));
  const left = html(section, "div");
  let shown = 0;
  let current = 0;
  /** @type {Map<number, HTMLButtonElement>} */
  const drawn = new Map();

  /** @param {number} number */
  function lookBack(number) {
    send("look-back", number === shown ? 0 : number);
    drawn.get(number || shown)?.focus();
  }

  /** @param {Mark} mark */
  function createMark({ number, said, ours }) {
    const label = (words.ours ?? "").replace("{number}", String(number)).replace("{said}", () => said);
    const by = ours ? "ours" : "others";
    const attributes = { class: "nl-mark", title: said, "aria-label": label, "data-by": by };
    const mark = button(row, "", () => lookBack(number), attributes);
    html(mark, "i", { "aria-hidden": "true" });
    mark.addEventListener("focus", () => {
      current = number;
      markCurrent();
    });
    return mark;
  }

  function markCurrent() {
    if (!drawn.has(current)) current = [...drawn.keys()].at(-1) ?? 0;
    for (const [number, mark] of drawn)
      setAttributes(mark, { tabindex: number === current ? 0 : -1, "aria-pressed": String(number === shown) });
  }

  row.addEventListener("keydown", (event) => {
    const all = [...drawn.values()];
    const at = all.indexOf(/** @type {any} */ (event.target));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape" && shown) lookBack(0);
    else if (to === undefined) return;
    event.preventDefault();
    all[to ?? -1]?.focus();
  });

  /**
   * @param {LessonState["time_line"]} state
   * @param {LessonState["outcome"]} outcome
   */
  return (state, outcome) => {
    const isAtEnd = row.scrollWidth - row.clientWidth - row.scrollLeft < AT_THE_END_PX;
    const numbers = new Set(state.marks.map(({ number }) => number));
    for (const [number, mark] of drawn) {
      if (numbers.has(number)) continue;
      mark.remove();
      drawn.delete(number);
    }
    for (const mark of state.marks) if (!drawn.has(mark.number)) drawn.set(mark.number, createMark(mark));
    shown = state.number;
    markCurrent();
    section.hidden = !drawn.size;
    head.textContent = state.earlier ? `${steps} (${state.earlier})` : steps;
    then.textContent = state.then || (outcome.said ?? "");
    told.classList.toggle("nl-then", Boolean(state.then));
    buttons.hidden = !shown;
    left.innerHTML = outcome.html ?? "";
    if (isAtEnd) row.scrollLeft = row.scrollWidth;
  };
}
