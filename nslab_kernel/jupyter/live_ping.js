// A ping as it runs: its chart, its figures, its text; Start and Stop.

function render({ model, el }) {
  const page = newPage(), tell = teller(model, page);
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

  start.onclick = () => tell("start");
  stop.onclick = () => tell("stop");

  function drawChart() {
    const found = model.get("chart");
    if (!found.width) return;
    const picture = chart(stage, found, page);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", found.description);
    picture.style.minWidth = `${Math.round(found.width * 0.9)}px`;
    stage.style.setProperty("--nl-least", picture.style.minWidth);
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
  const close = announce(tell);
  return () => {
    for (const [event, run] of all) model.off(event, run);
    close();
  };
}

export default { render };
