// The tie between a view and the notebook kernel.

/** @import { Live, Model, Send } from "./types.d.ts" */
import { html, newId } from "./elements.js";

/**
 * Calls a handler at each event of the model until the view goes.
 * @template {object} State
 * @param {Model<State>} model
 * @param {string} event
 * @param {(message: any) => void} handler
 * @param {AbortSignal} signal
 */
export function listen(model, event, handler, signal) {
  model.on(event, handler);
  signal.addEventListener("abort", () => model.off(event, handler));
}

/**
 * Calls each handler now, and whenever its trait changes.
 * @template {object} State
 * @param {Model<State>} model
 * @param {Record<string, () => void>} handlers
 * @param {AbortSignal} signal
 */
export function observe(model, handlers, signal) {
  for (const [trait, handler] of Object.entries(handlers)) {
    listen(model, `change:${trait}`, handler, signal);
    handler();
  }
}

/**
 * Says above a view when the notebook kernel was restarted or shut down: what is shown then is as it was, and nobody
 * answers. One that restarts closes all comms, one that only was not heard for a while opens them again, and one that is
 * shut down leaves them.
 * @template {Live} State
 * @param {Model<State>} model
 * @param {Element} el
 * @param {AbortSignal} signal
 * @returns {() => boolean} whether the kernel still knows the model
 */
export function sayWhenLost(model, el, signal) {
  const lost = html(el, "div", { class: "nl-live nl-lost-kernel", role: "alert", lang: model.get("lang") });
  const kernelChanged = /** @type {any} */ (model.widget_manager).context?.sessionContext?.kernelChanged;
  let isHeard = true;
  let isSame = true;
  const isLive = () => isHeard && isSame;
  function say() {
    lost.textContent = isLive() ? "" : model.get("lost");
  }
  function onComm() {
    isHeard = !isHeard;
    say();
  }
  /** @type {(_session: unknown, change: { oldValue: unknown }) => void} */
  function onKernel(_session, { oldValue }) {
    isSame &&= !oldValue;
    say();
  }
  listen(model, "comm_live_update", onComm, signal);
  kernelChanged?.connect(onKernel);
  signal.addEventListener("abort", () => kernelChanged?.disconnect(onKernel));
  return isLive;
}

/**
 * Tells the kernel that a view is open, and once that it is closed: when its output or its browser tab goes.
 * @template {object} State
 * @param {Model<State>} model
 * @param {AbortSignal} signal
 * @returns {Send} sends the kernel a message
 */
export function connect(model, signal) {
  const page = newId();
  const closed = new AbortController();

  /** @type {Send} */
  function send(type, more = {}) {
    try {
      model.send({ type, page, ...more });
    } catch {
      // The kernel has gone: the view shows what it knew last.
    }
  }

  function close() {
    closed.abort();
    send("close");
  }

  addEventListener("pagehide", close, { signal: closed.signal });
  signal.addEventListener("abort", close, { signal: closed.signal });
  send("open");
  if (signal.aborted) close(); // on a slow machine the view may be gone before it is drawn
  return send;
}
