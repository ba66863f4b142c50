// The picture that follows the network, and can be asked.

/** @import { Props, TopologyState } from "./types.d.ts" */
import { createDetails } from "./details.js";
import { createDiagram, idOf } from "./diagram.js";
import { ARROWS, button, html, liveRegion } from "./elements.js";
import { connect, listen, observe, sayWhenLost } from "./kernel.js";
import { createPackets } from "./packets.js";
import { createSpeech } from "./speech.js";
import { createZoom } from "./zoom.js";

const MARKED_MS = 6000;
const LARGER = 1.25;
const SMALLER = 0.8;
const WHOLE = 0;

/**
 * @param {Props<TopologyState>} props
 * @returns {() => boolean} whether the kernel still knows the model
 */
export function renderTopology({ model, el, signal }) {
  const words = model.get("words");
  const { larger = "", smaller = "", whole = "", help = "", cue = "" } = words;
  const isLive = sayWhenLost(model, el, signal);
  const root = html(el, "div", { class: "nl-live", lang: model.get("lang"), "data-lm-suppress-shortcuts": "true" });
  const bar = html(root, "div", { class: "nl-row" });
  button(bar, "+", () => view.zoom(LARGER), { "aria-label": larger, title: larger });
  button(bar, "−", () => view.zoom(SMALLER), { "aria-label": smaller, title: smaller });
  button(bar, whole, () => view.zoom(WHOLE), { title: whole });
  const stackButton = button(bar, "", () => openStack(""), { hidden: "" });
  html(bar, "span", { class: "nl-visually-hidden" }, help);
  const failure = html(root, "div", { class: "nl-failure", role: "alert" });
  const stage = html(root, "div", { class: "nl-stage", "data-cue": `↔ ${cue}` });
  const diagram = createDiagram(stage, words);
  const view = createZoom(diagram.root, stage);
  const showDetails = createDetails(root, words, { run: (line) => send("run", { line }), close: closeDetails });
  const speech = createSpeech(liveRegion(root), signal);
  const showPacket = createPackets(diagram.packets, words);
  let picture = model.get("picture");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let unmarking;
  /** The stack that this view wants open; none is "". @type {string | null} */
  let asked = null;

  function draw() {
    const before = picture;
    picture = model.get("picture");
    diagram.draw(picture);
    view.resize(picture.width, picture.height);
    showStack(before.opened);
    if (picture.said !== before.said) speech.say(picture.said);
    clearTimeout(unmarking);
    if (picture.marked) unmarking = setTimeout(() => send("unmark"), MARKED_MS);
    root.dataset.drawn = String(performance.timeOrigin + performance.now());
  }

  /** @param {string} id */
  function openStack(id) {
    asked = id;
    send("open-stack", { id });
  }

  /**
   * After this view opened a stack the focus is on the first of its namespaces, after it closed one on the stack.
   * @param {typeof picture.opened} before
   */
  function showStack(before) {
    const { id = "", first = "", label = "" } = picture.opened;
    stackButton.hidden = !id;
    stackButton.textContent = `◂ ${label}`;
    if (asked === null || id === (before.id ?? "")) return;
    asked = null;
    diagram.focus(id ? first : (before.id ?? ""));
    speech.sayNow((id ? words.shown : words.stacked) ?? "");
  }

  /** @param {string} id */
  function choose(id) {
    diagram.focus(id);
    const stack = diagram.part(id)?.opens;
    if (stack) openStack(stack);
    else send("select", { id });
  }

  function closeDetails() {
    const { id = "" } = model.get("details");
    send("select", { id: "" });
    diagram.focus(id);
  }

  /**
   * Returns what a key does; nothing where it means nothing here.
   * @param {string} key
   * @param {string} id of the part that has the focus
   */
  function actionOf(key, id) {
    if (key === "Escape" && model.get("details").id) return closeDetails;
    if (key === "Escape" && picture.opened.id) return () => openStack("");
    if (!id) return undefined;
    const arrow = ARROWS[key];
    if (arrow) return () => diagram.focus(diagram.neighbour(id, ...arrow));
    if (key === "Enter" || key === " ") return () => choose(id);
    if (key === "Home") return () => diagram.focus(diagram.first());
    if (key === "End") return () => diagram.focus(diagram.last());
    if (key === "+" || key === "=") return () => view.zoom(LARGER);
    if (key === "-") return () => view.zoom(SMALLER);
    if (key === "0") return () => view.zoom(WHOLE);
    return undefined;
  }

  root.addEventListener("keydown", (event) => {
    event.stopPropagation(); // JupyterLab has commands on the same keys
    const action = actionOf(event.key, idOf(event.target));
    if (!action) return;
    event.preventDefault();
    action();
  });
  diagram.root.addEventListener("click", (event) => {
    const id = idOf(event.target);
    if (id && !view.wasDragged()) choose(id);
  });

  const send = connect(model, signal);
  signal.addEventListener("abort", () => clearTimeout(unmarking));
  listen(model, "msg:custom", (message) => message.type === "packet" && showPacket(message), signal);
  observe(
    model,
    {
      picture: draw,
      details() {
        const details = model.get("details");
        diagram.expand(details.id ?? "");
        showDetails(details);
      },
      failure() {
        failure.innerHTML = model.get("failure");
      },
    },
    signal,
  );
  return isLive;
}
