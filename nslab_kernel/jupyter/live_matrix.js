// A matrix while it fills: how far it is, and the grid as far as it is known.

const SPOKEN_MS = 2000;

function render({ model, el }) {
  const name = model.get("name"), page = newPage();
  const root = html(el, "div", { class: "nl-live nl-live-matrix", lang: model.get("lang"), role: "group", "aria-label": name });
  const row = html(root, "div", { class: "nl-row" });
  const bar = html(row, "progress", { "aria-label": name });
  const words = html(row, "span", { class: "nl-fact" });
  const stage = html(root, "div", { class: "nl-stage" });
  const status = html(root, "div", { class: "nl-hidden", role: "status", "aria-live": "polite" });
  let spoken = -Infinity;

  function draw() {
    bar.max = model.get("total");
    bar.value = model.get("done");
    words.textContent = model.get("words");
    chart(stage, model.get("chart"), page).setAttribute("aria-hidden", "true");
    if (performance.now() - spoken < SPOKEN_MS) return;
    spoken = performance.now();
    status.textContent = model.get("words");
  }

  model.on("change:chart", draw);
  draw();
  return () => model.off("change:chart", draw);
}

export default { render };
