// A ping as it runs: its chart, its figures, its text; Start and Stop.

/** @import { PingState, Props } from "./types.d.ts" */
import { createChart, limitShrinking } from "./chart.js";
import { button, html, liveRegion, setAttributes } from "./elements.js";
import { connect, observe, sayWhenLost } from "./kernel.js";

/** @param {Props<PingState>} props */
export function renderPing({ model, el, signal }) {
  const { name = "", text = "", cue = "", ...words } = model.get("words");
  const group = { lang: model.get("lang"), role: "group", "aria-label": name };
  sayWhenLost(model, el, signal);
  const root = html(el, "div", { class: "nl-live nl-live-ping", ...group });
  root.addEventListener("keydown", (event) => event.stopPropagation()); // JupyterLab has commands on the same keys
  const row = html(root, "div", { class: "nl-row" });
  const start = button(row, words.start ?? "", () => send("start"));
  const stop = button(row, words.stop ?? "", () => send("stop"));
  html(row, "code", {}, `$ ${model.get("command")}`);
  const facts = html(root, "p", { class: "nl-facts" });
  const stage = html(root, "div", { class: "nl-stage", "data-cue": `↔ ${cue}` });
  const drawChart = createChart(stage);
  const fold = html(root, "details");
  html(fold, "summary", {}, text);
  const written = html(fold, "pre", { tabindex: 0 });
  const status = liveRegion(root);

  const send = connect(model, signal);
  observe(
    model,
    {
      chart() {
        const chart = model.get("chart");
        if (!chart.width) return;
        const picture = drawChart(/** @type {import("./types.d.ts").Chart} */ (chart));
        setAttributes(picture, { role: "img", "aria-label": chart.description });
        limitShrinking(stage, picture, chart.width);
      },
      facts() {
        facts.textContent = model.get("facts");
      },
      text() {
        written.textContent = model.get("text");
      },
      running() {
        const running = model.get("running");
        const hadFocus = [start, stop].some((one) => one === document.activeElement);
        start.disabled = running;
        stop.disabled = !running;
        if (hadFocus) (running ? stop : start).focus();
        status.textContent = running ? (words.started ?? "") : `${words.stopped} ${model.get("said")}`;
        root.dataset.running = String(running);
      },
    },
    signal,
  );
}
