// Elements of HTML and SVG.

const SVG = "http://www.w3.org/2000/svg";
/** @type {Record<string, [number, number]>} */
export const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** @typedef {Record<string, string | number>} Attributes */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {string} [text]
 */
export function html(parent, tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.textContent = text;
  parent.append(element);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 */
export function svg(parent, tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  parent.append(element);
  return element;
}

/**
 * Sets only what differs: a browser restyles an element for each attribute that is set, even to its old value.
 * @param {Element} element
 * @param {Attributes} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes))
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/**
 * @param {Element} parent
 * @param {string} text
 * @param {() => void} press
 * @param {Attributes} [attributes]
 */
export function button(parent, text, press, attributes = {}) {
  const element = html(parent, "button", { type: "button", ...attributes }, text);
  element.addEventListener("click", press);
  return element;
}

/**
 * A region whose text a screen reader speaks when it changes.
 * @param {Element} parent
 */
export const liveRegion = (parent) =>
  html(parent, "div", { class: "nl-visually-hidden", role: "status", "aria-live": "polite" });

export const prefersNoMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// `crypto.randomUUID` is missing where the page came by plain HTTP from another machine.
export const newId = () => crypto.randomUUID?.() ?? String(Math.random()).slice(2);
