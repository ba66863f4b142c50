// A matrix while it fills: how far it is, and the grid as far as it is known.

/** @import { MatrixState, Props } from "./types.d.ts" */
import { createChart } from "./chart.js";
import { html, liveRegion } from "./elements.js";
import { observe } from "./kernel.js";

const SPOKEN_MS = 2000;

/** @param {Props<MatrixState>} props */
export function renderMatrix({ model, el, signal }) {
  const { name = "" } = model.get("words");
  const group = { lang: model.get("lang"), role: "group", "aria-label": name };
  const root = html(el, "div", { class: "nl-live nl-live-matrix", ...group });
  const row = html(root, "div", { class: "nl-row" });
  const bar = html(row, "progress", { "aria-label": name });
  const facts = html(row, "span", { class: "nl-facts" });
  const drawChart = createChart(html(root, "div", { class: "nl-stage" }));
  const status = liveRegion(root);
  let spoken = -Infinity;

  // The kernel sends all that is new in one message; the chart is in each.
  function chart() {
    bar.max = model.get("total");
    bar.value = model.get("done");
    facts.textContent = model.get("progress");
    drawChart(model.get("chart")).setAttribute("aria-hidden", "true");
    if (performance.now() - spoken < SPOKEN_MS) return;
    spoken = performance.now();
    status.textContent = model.get("progress");
  }

  observe(model, { chart }, signal);
}
