// A ping as it runs: its chart, its figures, its text; Start and Stop.

function html(parent, tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
}

function render({ model, el }) {
  const page = crypto.randomUUID?.() ?? String(Math.random());
  const words = model.get("words");
  const root = html(el, "div", { class: "nl-live nl-live-ping", lang: model.get("lang"), role: "group", "aria-label": words.name });
  root.addEventListener("keydown", event => event.stopPropagation());
  const row = html(root, "div", { class: "nl-row" });
  const start = html(row, "button", { type: "button" }, words.start);
  const stop = html(row, "button", { type: "button" }, words.stop);
  html(row, "code", {}, `$ ${model.get("command")}`);
  const facts = html(root, "p", { class: "nl-fact" });
  const stage = html(root, "div", { class: "nl-stage", "data-cue": `↔ ${words.cue}` });
  const fold = html(root, "details");
  html(fold, "summary", {}, words.text);
  const text = html(fold, "pre", { tabindex: "0" });
  const status = html(root, "div", { class: "nl-hidden", role: "status", "aria-live": "polite" });

  // Without a kernel nobody hears.
  const tell = what => { try { model.send({ what, page }); } catch { } };
  start.onclick = () => tell("start");
  stop.onclick = () => tell("stop");

  // Its own pattern: another part's, scrolled out of sight, would not be drawn.
  const own = svg => svg.replaceAll("nl-hatch", `nl-hatch-${page}`);
  function drawChart() {
    const { width, height, svg, description } = model.get("chart");
    if (!width) return;
    stage.innerHTML = `<svg class="nl-svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${own(svg)}</svg>`;
    stage.firstChild.setAttribute("aria-label", description);
    stage.firstChild.style.minWidth = `${Math.round(width * 0.9)}px`;
    stage.style.setProperty("--nl-least", stage.firstChild.style.minWidth);
  }
  const drawFacts = () => facts.textContent = model.get("facts");
  const drawText = () => text.textContent = model.get("text");
  function drawState() {
    const running = model.get("running"), held = [start, stop].includes(document.activeElement);
    start.disabled = running;
    stop.disabled = !running;
    if (held) (running ? stop : start).focus();
    status.textContent = running ? words.started : `${words.stopped} ${model.get("said")}`;
    root.dataset.running = String(running);
  }

  const all = [["change:chart", drawChart], ["change:facts", drawFacts], ["change:text", drawText], ["change:running", drawState]];
  for (const [event, run] of all) { model.on(event, run); run(); }
  tell("open");
  return () => {
    for (const [event, run] of all) model.off(event, run);
    tell("close");
  };
}

export default { render };
