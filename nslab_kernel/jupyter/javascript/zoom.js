// How large a picture is shown; what does not fit into its frame is scrolled to, or dragged there.

/** @import { XY } from "./types.d.ts" */
import { limitShrinking, setLeastWidth } from "./chart.js";
import { setAttributes } from "./elements.js";

const DRAG = 3;
const MOST = 8;

/**
 * @param {SVGSVGElement} picture
 * @param {HTMLElement} stage
 */
export function createZoom(picture, stage) {
  /** @type {XY} */
  let size = [0, 0];
  /** Pixels for one of the picture's units: 0 is as it fits into the frame, null that and large enough to be read. @type {number | null} */
  let scale = null;
  /** Where the mouse holds it, and how far the frame was scrolled then. @type {{ at: XY, scrolled: XY } | null} */
  let grip = null;
  let dragged = false;

  function show() {
    const [width, height] = size;
    setAttributes(picture, { viewBox: `0 0 ${width} ${height}`, width, height });
    if (scale === null) limitShrinking(stage, picture, width);
    else setLeastWidth(stage, picture, scale * width);
    stage.style.maxHeight = scale ? `${height}px` : "";
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  function resize(width, height) {
    const changed = width !== size[0] || height !== size[1];
    size = [width, height];
    if (changed) show();
  }

  /**
   * @param {number} factor 0 shows all of it
   * @param {XY} [at] stays where it is on the screen; without it the middle of the frame
   */
  function zoom(factor, at) {
    const frame = stage.getBoundingClientRect();
    const before = picture.getBoundingClientRect();
    const [x, y] = at ?? [frame.x + stage.clientWidth / 2, frame.y + stage.clientHeight / 2];
    scale = Math.min((factor * before.width) / size[0], MOST);
    if (scale * size[0] <= Math.min(stage.clientWidth, size[0])) scale = 0;
    show();
    const after = picture.getBoundingClientRect();
    const grown = after.width / before.width;
    stage.scrollLeft += after.x - x + (x - before.x) * grown;
    stage.scrollTop += after.y - y + (y - before.y) * grown;
  }

  /** @param {PointerEvent} event */
  function drag({ clientX, clientY }) {
    if (!grip) return;
    const [dx, dy] = [clientX - grip.at[0], clientY - grip.at[1]];
    stage.scrollTo(grip.scrolled[0] - dx, grip.scrolled[1] - dy);
    dragged ||= Math.hypot(dx, dy) > DRAG;
  }

  /** @param {WheelEvent} event */
  function wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, [event.clientX, event.clientY]);
  }

  /** @param {PointerEvent} event */
  function press({ clientX, clientY, pointerType }) {
    if (pointerType === "mouse") grip = { at: [clientX, clientY], scrolled: [stage.scrollLeft, stage.scrollTop] };
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
