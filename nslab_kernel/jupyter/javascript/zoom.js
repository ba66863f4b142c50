// What of a picture is seen: all of it, or a part that the mouse moves.

/** @import { XY, Box } from "./types.d.ts" */
import { limitShrinking } from "./chart.js";
import { setAttributes } from "./elements.js";

const DRAG = 3;
/** A part is at least this share of the picture. */
const LEAST = 1 / 8;

/**
 * @param {SVGSVGElement} picture
 * @param {HTMLElement} stage
 */
export function createZoom(picture, stage) {
  /** @type {XY} */
  let size = [0, 0];
  /** @type {Box | null} */
  let part = null;
  /** @type {XY | null} */
  let grip = null;
  let dragged = false;

  /** @returns {Box} */
  const seen = () => part ?? [0, 0, ...size];

  function show() {
    const [width, height] = size;
    setAttributes(picture, { viewBox: seen().join(" "), width, height });
    limitShrinking(stage, picture, part ? 0 : width);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  function resize(width, height) {
    const changed = width !== size[0] || height !== size[1];
    size = [width, height];
    if (!part && changed) show();
  }

  /**
   * @param {number} factor 0 shows all again
   * @param {XY} [at] stays where it is; without it the middle
   */
  function zoom(factor, at) {
    const [x, y, width, height] = seen();
    const [cx, cy] = at ?? [x + width / 2, y + height / 2];
    const scale = factor && Math.min(Math.max(1 / factor, (size[0] * LEAST) / width), size[0] / width);
    part = [cx - (cx - x) * scale, cy - (cy - y) * scale, width * scale, height * scale];
    if (!factor || part[2] >= size[0]) part = null;
    show();
  }

  /**
   * @param {MouseEvent} event
   * @returns {XY} in the coordinates of the picture
   */
  function point({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(picture.getScreenCTM()?.inverse());
    return [x, y];
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    if (!grip || !part) return;
    const [x, y] = point(event);
    const [dx, dy] = [grip[0] - x, grip[1] - y];
    part = [part[0] + dx, part[1] + dy, part[2], part[3]];
    dragged ||= Math.hypot(dx, dy) > DRAG;
    show();
  }

  /** @param {WheelEvent} event */
  function wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, point(event));
  }

  /** @param {PointerEvent} event */
  function press(event) {
    if (part) grip = point(event);
  }

  function release() {
    grip = null;
    // The click that ends a drag comes after this event.
    setTimeout(() => {
      dragged = false;
    });
  }

  picture.addEventListener("wheel", wheel, { passive: false });
  picture.addEventListener("pointerdown", press);
  picture.addEventListener("pointermove", drag);
  picture.addEventListener("pointerup", release);
  picture.addEventListener("pointerleave", release);

  return { resize, zoom, wasDragged: () => dragged };
}
