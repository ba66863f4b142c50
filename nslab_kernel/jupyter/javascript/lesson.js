// The lesson beside the notebook: the live picture, and below it the steps that tick by themselves.

/** @import { LessonState, LessonStep, Props } from "./types.d.ts" */
import { keepToNotebook } from "./dock.js";
import { button, html, liveRegion, setAttributes } from "./elements.js";
import { connect, observe } from "./kernel.js";
import { createSpeech } from "./speech.js";
import { createTerminalButton } from "./terminal.js";
import { createTimeLine } from "./time_line.js";
import { renderTopology } from "./topology.js";

/** @type {Record<LessonStep["state"], string>} */
const SIGNS = { done: "✓", lost: "✓", open: "○", look: "·" };

/** @param {Props<LessonState>} props */
export function renderLesson(props) {
  const { model, el, signal } = props;
  const words = model.get("words");
  const { there = "", show = "", hint = "" } = words;
  const attributes = { lang: model.get("lang"), "data-lm-suppress-shortcuts": "true" };
  const aside = html(el, "div", { class: "nl-live nl-aside", ...attributes, hidden: "" });
  const row = html(aside, "div", { class: "nl-row" });
  html(row, "span", {}, there);
  button(row, show, () => send("dock"));
  const whole = html(el, "div", { class: "nl-lesson-whole" });
  const isLive = renderTopology({ ...props, el: whole });
  const root = html(whole, "section", { class: "nl-live nl-lesson", ...attributes });
  root.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab has commands on the same keys
  const drawTimeLine = createTimeLine(root, words, (type, number) => send(type, { number }));
  createTerminalButton(root, words, model.get("lab_number"), (name, given) =>
    send("command", { name, arguments: given }),
  );
  const title = html(root, "h3", { class: "nl-title" });
  const bar = html(root, "progress");
  const told = html(root, "p", { class: "nl-facts" });
  const list = html(root, "ol", { class: "nl-steps", role: "list" });
  const speech = createSpeech(liveRegion(root), signal);
  /** @type {Map<string, ReturnType<typeof createStep>>} */
  const rows = new Map();
  let { said } = model.get("lesson");

  /** @param {LessonStep} step */
  function createStep({ id }) {
    const item = html(list, "li");
    const press = button(item, "", () => send("step", { id }), { class: "nl-step" });
    const sign = html(press, "span", { class: "nl-sign", "aria-hidden": "true" });
    const name = html(press, "span", { class: "nl-name" });
    const when = html(press, "span", { class: "nl-when" });
    const facts = html(item, "div", { class: "nl-about", hidden: "" });
    return { press, sign, name, when, facts };
  }

  function drawSteps() {
    const lesson = model.get("lesson");
    if (lesson.said !== said) speech.say(lesson.said);
    said = lesson.said;
    root.setAttribute("aria-label", lesson.title);
    title.textContent = lesson.title;
    setAttributes(bar, { max: lesson.count, value: lesson.done, "aria-label": lesson.progress });
    told.textContent = lesson.progress;
    for (const step of lesson.steps) {
      const row = rows.get(step.id) ?? createStep(step);
      rows.set(step.id, row);
      row.press.dataset.state = step.state;
      row.sign.textContent = SIGNS[step.state];
      row.name.textContent = `${step.id} ${step.title}`;
      row.when.textContent = step.when;
      row.press.setAttribute("aria-label", `${step.id} ${step.title}, ${step.spoken}`);
    }
  }

  function drawAbout() {
    const about = model.get("about");
    for (const [id, { press, facts }] of rows) {
      const isOpen = id === about.id;
      press.setAttribute("aria-expanded", String(isOpen));
      facts.hidden = !isOpen;
      if (!isOpen) facts.replaceChildren();
    }
    const row = rows.get(about.id ?? "");
    if (!row) return;
    const hadFocus = row.facts.contains(document.activeElement);
    row.facts.innerHTML = about.html ?? "";
    const given = html(row.facts, "div", { role: "status" });
    given.innerHTML = about.hint ?? "";
    if (about.more) {
      const more = button(row.facts, hint, () => send("hint", { id: about.id }));
      if (hadFocus) more.focus();
    } else if (hadFocus) row.press.focus();
  }

  function drawTime() {
    drawTimeLine(model.get("time_line"), model.get("outcome"));
    whole.toggleAttribute("data-past", model.get("time_line").number > 0);
  }

  function place() {
    const isAside = model.get("docked") && !root.closest(".jupyterlab-sidecar");
    aside.hidden = !isAside;
    whole.hidden = isAside;
  }

  const send = connect(model, signal);
  const attached = new ResizeObserver(() => {
    if (!root.isConnected) return;
    attached.disconnect();
    place();
    if (keepToNotebook(root, model, isLive, signal)) send("docked");
  });
  attached.observe(el);
  signal.addEventListener("abort", () => attached.disconnect());

  observe(
    model,
    { lesson: drawSteps, about: drawAbout, docked: place, time_line: drawTime, outcome: drawTime },
    signal,
  );
}
