// Asks why there is no answer: a button below a ping that failed, or the red cells of a matrix.

/** @import { Box, Props, WhyState } from "./types.d.ts" */
import { createChart, limitShrinking } from "./chart.js";
import { ARROWS, button, html, liveRegion, setAttributes, svg } from "./elements.js";
import { connect, observe, sayWhenLost } from "./kernel.js";

/** @param {Props<WhyState>} props */
export function renderWhy({ model, el, signal }) {
  const { why = "", press = "", name = "", help = "", cue = "" } = model.get("words");
  const questions = model.get("questions");
  const grid = model.get("grid");
  const attributes = { lang: model.get("lang"), "data-lm-suppress-shortcuts": "true" };
  sayWhenLost(model, el, signal);
  const root = html(el, "div", { class: "nl-live nl-why", ...attributes });
  root.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab has commands on the same keys
  const askers = grid.svg ? createCells() : [createButton()];
  const status = liveRegion(root);
  const told = html(root, "p", { class: "nl-facts" });
  const section = html(root, "div", { role: "group", hidden: "" });
  if (grid.below) html(root, "div").innerHTML = grid.below;

  function createButton() {
    const row = html(root, "div", { class: "nl-row" });
    const asker = button(row, why, () => ask(0));
    html(row, "code", {}, questions[0]?.line);
    return asker;
  }

  function createCells() {
    html(root, "div").innerHTML = grid.above ?? "";
    html(root, "p", { class: "nl-facts" }, press);
    const stage = html(root, "div", { class: "nl-stage", "data-cue": `↔ ${cue}` });
    const picture = createChart(stage)(/** @type {any} */ (grid));
    setAttributes(picture, { role: "group", "aria-label": name, "aria-description": help });
    limitShrinking(stage, picture, picture.viewBox.baseVal.width);
    for (const shape of picture.children) setAttributes(shape, { "aria-hidden": "true" });
    const cells = questions.map(({ label = "", box = [0, 0, 0, 0] }, number) => {
      const [x, y, width, height] = box;
      const place = { x, y, width, height, rx: 4 };
      const cell = svg(picture, "rect", {
        class: "nl-target",
        role: "button",
        tabindex: -1,
        "aria-label": label,
        ...place,
      });
      cell.addEventListener("click", () => ask(number));
      return cell;
    });
    setAttributes(/** @type {Element} */ (cells[0]), { tabindex: 0 });
    picture.addEventListener("keydown", (event) => onKey(event, cells));
    picture.addEventListener("focusin", ({ target }) => {
      for (const cell of cells) setAttributes(cell, { tabindex: cell === target ? 0 : -1 });
    });
    return cells;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {SVGElement[]} cells
   */
  function onKey(event, cells) {
    const at = cells.indexOf(/** @type {any} */ (event.target));
    const arrow = ARROWS[event.key];
    if (at < 0 || !(arrow || event.key === "Enter" || event.key === " ")) return;
    event.preventDefault();
    if (arrow) cells[next(at, ...arrow)]?.focus();
    else ask(at);
  }

  /**
   * Returns the nearest red cell in a direction: in the same row or column if there is one, else this one.
   * @param {number} at
   * @param {number} dx
   * @param {number} dy
   */
  function next(at, dx, dy) {
    const [x, y] = boxOf(at);
    let best = at;
    let least = Infinity;
    for (let other = 0; other < questions.length; other++) {
      const [ox, oy] = boxOf(other);
      const along = (ox - x) * dx + (oy - y) * dy;
      const aside = Math.abs(dx ? oy - y : ox - x);
      if (aside < 1 && along > 1 && along < least) [best, least] = [other, along];
    }
    return best;
  }

  /**
   * @param {number} number
   * @returns {Box}
   */
  const boxOf = (number) => questions[number]?.box ?? [0, 0, 0, 0];

  /** @param {number} id */
  const ask = (id) => send("ask", { id });

  function answer() {
    const { id = -1, busy = false, html: found = "", said = "" } = model.get("answer");
    for (const [number, asker] of askers.entries()) setAttributes(asker, { "aria-expanded": String(number === id) });
    status.textContent = said;
    told.textContent = busy ? said : "";
    section.hidden = id < 0;
    setAttributes(section, { "aria-label": questions[id]?.line ?? "", "aria-busy": String(busy) });
    section.innerHTML = found;
    if (id >= 0 && grid.svg) section.prepend(lineOf(id));
  }

  /** @param {number} id */
  function lineOf(id) {
    const row = document.createElement("p");
    html(row, "code", {}, questions[id]?.line);
    return row;
  }

  const send = connect(model, signal);
  observe(model, { answer }, signal);
}
