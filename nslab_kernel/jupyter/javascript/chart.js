// A scene of the notebook kernel as one SVG.

/** @import { Chart } from "./types.d.ts" */
import { newId } from "./elements.js";

/**
 * Returns a function that draws a chart in place of the last one.
 * @param {Element} stage
 */
export function createChart(stage) {
  // A pattern is looked up by id in the whole page, and one that is scrolled out of sight is not drawn.
  const hatch = `nl-hatch-${newId()}`;

  /** @param {Chart} chart */
  return ({ width, height, svg }) => {
    const shapes = svg.replaceAll("nl-hatch", hatch);
    const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
    stage.innerHTML = `<svg class="nl-svg" ${size}>${shapes}</svg>`;
    return /** @type {SVGSVGElement} */ (stage.firstChild);
  };
}

/**
 * Lets a picture be shown at 0.8 of its size and no smaller.
 * @param {HTMLElement} stage
 * @param {SVGElement} picture
 * @param {number} width
 */
export function limitShrinking(stage, picture, width) {
  setLeastWidth(stage, picture, 0.8 * width);
}

/**
 * Shows a picture no narrower than this; where that is too wide its frame scrolls, and says so.
 * @param {HTMLElement} stage
 * @param {SVGElement} picture
 * @param {number} width in pixels; 0 for no limit
 */
export function setLeastWidth(stage, picture, width) {
  const least = width ? `${Math.round(width)}px` : "";
  picture.style.minWidth = least;
  stage.style.setProperty("--nl-least", least);
}
