// The picture of the network: one SVG whose parts stay the same elements while they stay in the picture.

/** @import { Box, NamespacePart, Part, Picture, Words } from "./types.d.ts" */
import { prefersNoMotion, setAttributes, svg } from "./elements.js";

const MOVE_MS = 240;
/** More than any way straight ahead. */
const ASIDE = 1e6;

/** @typedef {{ part: Part, group: SVGGElement, target: SVGRectElement | undefined }} Drawn */

/**
 * @param {Element} stage
 * @param {Words} words
 */
export function createDiagram(stage, words) {
  const { name = "", help = "" } = words;
  const root = svg(stage, "svg", { class: "nl-svg", role: "group", "aria-label": name, "aria-description": help });
  const layer = (/** @type {string} */ name) => svg(root, "g", { class: name, "aria-hidden": "true" });
  const boxes = layer("nl-namespaces");
  const cables = layer("nl-cables");
  const cards = layer("nl-interfaces");
  const targets = svg(root, "g", { class: "nl-targets" });
  const packets = layer("nl-packets");

  /** @type {Map<string, Drawn>} in the order of the picture */
  let drawn = new Map();
  /** @type {Map<string, SVGGElement>} the targets of a namespace, by its id */
  const folders = new Map();
  let between = "";
  let current = "";
  let expanded = "";
  let lastDrawn = Number.NaN;

  /** @param {Picture} picture */
  function draw(picture) {
    const held = document.activeElement;
    const isFocused = targets.contains(held);
    const isCalm = performance.now() - lastDrawn > 2 * MOVE_MS; // false the first time
    lastDrawn = performance.now();
    const before = drawn;
    const all = picture.namespaces.flatMap((namespace) => [namespace, ...namespace.interfaces]);
    const ids = new Set(all.map((part) => part.id));
    removeAllBut(ids);
    drawn = new Map();
    if (between !== picture.between) cables.innerHTML = between = picture.between;
    picture.namespaces.forEach((namespace, number) => {
      const folder = folderOf(namespace, number);
      drawPart(boxes, folder, namespace, before.get(namespace.id), isCalm);
      for (const part of namespace.interfaces) drawPart(cards, folder, part, before.get(part.id), isCalm);
    });
    if (!drawn.get(current)?.target) current = targetIds()[0] ?? "";
    markTargets();
    // An element that is moved or removed loses the focus.
    if (isFocused && document.activeElement !== held) focus(current);
  }

  /** @param {Set<string>} ids */
  function removeAllBut(ids) {
    for (const [id, { group, target }] of drawn) {
      if (ids.has(id)) continue;
      group.remove();
      target?.remove();
    }
    for (const [id, folder] of folders) {
      if (ids.has(id)) continue;
      folder.remove();
      folders.delete(id);
    }
  }

  /**
   * Returns the targets of a namespace as one group, in its place in the order in which a screen reader goes.
   * @param {NamespacePart} namespace
   * @param {number} number
   */
  function folderOf({ id, label }, number) {
    const folder = folders.get(id) ?? svg(targets, "g", { role: "group" });
    folders.set(id, folder);
    setAttributes(folder, { "aria-label": label });
    const there = targets.children[number] ?? null;
    if (there !== folder) targets.insertBefore(folder, there);
    return folder;
  }

  /**
   * @param {SVGGElement} layer
   * @param {SVGGElement} folder
   * @param {Part} part
   * @param {Drawn | undefined} before
   * @param {boolean} isCalm
   */
  function drawPart(layer, folder, part, before, isCalm) {
    const group = before?.group ?? svg(layer, "g", { "data-item": part.id });
    if (group.parentNode !== layer) layer.append(group);
    if (before?.part.svg !== part.svg) group.innerHTML = part.svg;
    if (!before && isCalm) group.classList.add("nl-appear");
    if (before && isCalm) slide(group, before.part, part);
    drawn.set(part.id, { part, group, target: drawTarget(folder, part, before?.target) });
  }

  /**
   * @param {SVGGElement} folder
   * @param {Part} part
   * @param {SVGRectElement | undefined} before
   */
  function drawTarget(folder, part, before) {
    if (!part.label) {
      before?.remove();
      return undefined;
    }
    const [x, y, width, height] = part.box;
    const target = before ?? svg(folder, "rect", { class: "nl-target", role: "button", rx: 6, "data-target": part.id });
    if (target.parentNode !== folder) folder.append(target);
    setAttributes(target, { x, y, width, height, "aria-label": part.label });
    return target;
  }

  const targetIds = () => [...drawn].filter(([, { target }]) => target).map(([id]) => id);

  function markTargets() {
    for (const [id, { target }] of drawn)
      if (target)
        setAttributes(target, { tabindex: id === current ? 0 : -1, "aria-expanded": String(id === expanded) });
  }

  /** @param {string} id */
  const focus = (id) => drawn.get(id)?.target?.focus();

  targets.addEventListener("focusin", (event) => {
    current = idOf(event.target);
    markTargets();
  });

  return {
    root,
    packets,
    draw,
    focus,
    /** @param {string} id */
    part: (id) => drawn.get(id)?.part,
    first: () => targetIds()[0] ?? "",
    last: () => targetIds().at(-1) ?? "",
    /** @param {string} id */
    expand(id) {
      expanded = id;
      markTargets();
    },
    /**
     * Returns the next part in a direction: the cable's other end if it lies there, else the nearest one straight
     * ahead, else the nearest within 45 degrees.
     * @param {string} id
     * @param {number} dx
     * @param {number} dy
     */
    neighbour(id, dx, dy) {
      const from = drawn.get(id)?.part;
      if (!from) return id;
      let best = id;
      let least = Infinity;
      for (const [other, { part, target }] of drawn) {
        const { along, aside } = offset(from.box, part.box, dx, dy);
        if (!target || other === id || along <= 1 || aside > along) continue;
        const cost = from.peer === other ? 0 : along + (aside && ASIDE + aside);
        if (cost < least) [best, least] = [other, cost];
      }
      return best;
    },
  };
}

/**
 * Returns which part an event is about, or nothing.
 * @param {EventTarget | null} target
 */
export function idOf(target) {
  const element = target instanceof Element ? target.closest("[data-target], [data-item]") : null;
  return element?.getAttribute("data-target") ?? element?.getAttribute("data-item") ?? "";
}

/**
 * Returns how far one box is from another along a direction, from middle to middle, and aside of it, from side to side.
 * @param {Box} from
 * @param {Box} to
 * @param {number} dx
 * @param {number} dy
 */
function offset([x, y, width, height], [ox, oy, owidth, oheight], dx, dy) {
  const across = ox + owidth / 2 - (x + width / 2);
  const down = oy + oheight / 2 - (y + height / 2);
  const aside = dx ? Math.abs(down) - (height + oheight) / 2 : Math.abs(across) - (width + owidth) / 2;
  return { along: across * dx + down * dy, aside: Math.max(0, aside) };
}

/**
 * @param {SVGGElement} group
 * @param {Part} before
 * @param {Part} part
 */
function slide(group, before, part) {
  const [dx, dy] = [before.origin[0] - part.origin[0], before.origin[1] - part.origin[1]];
  if ((dx || dy) && !prefersNoMotion())
    group.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: "none" }], {
      duration: MOVE_MS,
      easing: "ease-out",
    });
}
