// The picture that follows the network: one SVG whose parts stay the same elements while they stay in the picture.

const MARKED_MS = 6000, MOVE_MS = 240, SPOKEN_MS = 1000;

// Sets what is different only: a browser works for each attribute that is set, even to what it was.
function set(element, attributes) {
  const known = element.known ??= {};
  for (const [name, value] of Object.entries(attributes))
    if (known[name] !== value) element.setAttribute(name, known[name] = value);
}

// Puts one part where it is now: a new one fades in, a moved one travels, where there is time for it.
function place(layer, known, seen, part, calm) {
  let group = known.get(part.id);
  const came = !group;
  if (came) known.set(part.id, group = svg(layer, "g", { "data-item": part.id }));
  if (group.parentNode !== layer) layer.append(group);
  if (group.drawn !== part.svg) group.innerHTML = group.drawn = part.svg;
  const [x, y] = part.at, [oldX, oldY] = group.at ?? part.at;
  group.at = part.at;
  seen.add(part.id);
  if (came && calm) group.classList.add("nl-come");
  if (calm && (x !== oldX || y !== oldY) && !still())
    group.animate([{ transform: `translate(${oldX - x}px, ${oldY - y}px)` }, { transform: "none" }],
      { duration: MOVE_MS, easing: "ease-out" });
}

function target(layer, known, part, label) {
  let element = known.get(part.id);
  if (!element) {
    element = svg(layer, "rect", { class: "nl-target", role: "button", tabindex: "-1", rx: 6, "data-target": part.id });
    known.set(part.id, element);
  }
  if (element.parentNode !== layer) layer.append(element);
  const [x, y, width, height] = part.box;
  set(element, { x, y, width, height, "aria-label": label });
  if (part.opens) set(element, { "aria-expanded": "false" });
  element.peer = part.peer;
  element.opens = part.opens;
}

// The nearest part in a direction; the cable's other end, where it lies there, comes first.
function neighbour(parts, id, dx, dy) {
  const middle = part => ["x", "y"].map((name, i) => +part.getAttribute(name) + part.getAttribute(["width", "height"][i]) / 2);
  const [x, y] = middle(parts.get(id));
  let best = null, least = Infinity;
  for (const [other, part] of parts) {
    const [ox, oy] = middle(part), along = (ox - x) * dx + (oy - y) * dy, aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
    if (other === id || along <= 1) continue;
    const cost = parts.get(id).peer === other ? 0 : along + 2 * aside;
    if (cost < least) [best, least] = [other, cost];
  }
  return best;
}

// Says at most one sentence a second, the newest.
function speaker(status) {
  let spoken = 0, waiting = 0, newest = "";

  function speak() {
    clearTimeout(waiting);
    const left = SPOKEN_MS - (performance.now() - spoken);
    waiting = left > 0 && spoken ? setTimeout(speak, left) : 0;
    if (!waiting) now(newest);
  }

  function now(text) {
    status.textContent = text;
    spoken = performance.now();
  }

  return {
    say(text) { newest = text; speak(); },
    // What else waits is said after it.
    sayNow(text) { now(text); if (waiting) speak(); },
    stop() { clearTimeout(waiting); },
  };
}

function render({ model, el }) {
  const tell = teller(model, newPage());
  const words = model.get("words");
  const root = html(el, "div", { class: "nl-live", lang: model.get("lang"), "data-lm-suppress-shortcuts": "true" });
  const bar = html(root, "div", { class: "nl-row" });
  for (const [name, sign, by] of [["larger", "+", 1.25], ["smaller", "−", 0.8], ["whole", words.whole, 0]])
    html(bar, "button", { type: "button", "aria-label": words[name], title: words[name] }, sign).onclick = () => view.zoom(by);
  const stackButton = html(bar, "button", { type: "button", hidden: "" });
  stackButton.onclick = () => openStack("");
  html(bar, "span", { class: "nl-fact nl-hidden" }, words.help);
  const trouble = html(root, "div", { class: "nl-trouble", role: "alert" });
  const stage = html(root, "div", { class: "nl-stage", "data-cue": `↔ ${words.cue}` });
  const picture = svg(stage, "svg", { role: "group", "aria-label": words.name, "aria-description": words.help });
  picture.classList.add("nl-svg");
  const [rooms, between, sockets] = ["nl-rooms", "nl-between", "nl-sockets"].map(name => svg(picture, "g", { class: name, "aria-hidden": "true" }));
  const targets = svg(picture, "g", { class: "nl-targets" });
  const flights = svg(picture, "g", { class: "nl-flights", "aria-hidden": "true" });
  const card = html(root, "section", { class: "nl-card nl-empty" });
  const status = html(root, "div", { class: "nl-hidden", role: "status", "aria-live": "polite" });
  const groups = new Map(), parts = new Map(), folders = new Map();
  const view = viewOf(picture, stage), fly = flightsIn(flights, words), speech = speaker(status);
  let current = null, first = true, marked = 0, said = "", drawn = 0, opened = {}, asked = null;

  function draw() {
    const found = model.get("picture"), seen = new Set(), held = document.activeElement;
    if (!found.rooms) return;
    const holds = targets.contains(held), calm = !first && performance.now() - drawn > 2 * MOVE_MS;
    drawn = performance.now();
    for (const room of found.rooms) {
      place(rooms, groups, seen, room, calm);
      for (const socket of room.sockets) place(sockets, groups, seen, socket, calm);
      let folder = folders.get(room.id);
      if (!folder) folders.set(room.id, folder = svg(targets, "g", { role: "group" }));
      set(folder, { "aria-label": room.label });
      folders.delete(room.id);
      folders.set(room.id, folder);
      target(folder, parts, room, room.label);
      for (const socket of room.sockets) if (socket.label) target(folder, parts, socket, socket.label);
    }
    if (between.drawn !== found.between) between.innerHTML = between.drawn = found.between;
    for (const [id, group] of groups) if (!seen.has(id)) { group.remove(); groups.delete(id); }
    for (const [id, part] of parts) if (!seen.has(id)) { part.remove(); parts.delete(id); }
    for (const [id, folder] of folders) if (!seen.has(id)) { folder.remove(); folders.delete(id); }
    inOrder();
    view.resize(found.width, found.height);
    if (!parts.has(current)) current = [...parts.keys()][0] ?? null;
    for (const [id, part] of parts) set(part, { tabindex: id === current ? "0" : "-1" });
    // What is moved or removed loses the focus.
    if (holds && document.activeElement !== held) focus(parts.has(held.dataset.target) ? held.dataset.target : current);
    showStack(found.opened);
    if (found.said !== said) { said = found.said; if (!first) speech.say(said); }
    first = false;
    clearTimeout(marked);
    if (found.marked) marked = setTimeout(() => tell("settle"), MARKED_MS);
    root.dataset.drawn = String(performance.timeOrigin + performance.now());
  }

  // The order in which a screen reader goes, without moving what has the focus where that is not needed.
  function inOrder() {
    [...folders.values()].forEach((folder, number) => {
      if (targets.children[number] !== folder) targets.insertBefore(folder, targets.children[number]);
    });
  }

  const openStack = id => { asked = id; tell("stack", { id }); };

  // After a stack was opened the focus is on the first of its rooms, after it was closed on the stack.
  function showStack(now) {
    const before = opened;
    opened = now;
    stackButton.hidden = !now.id;
    if (now.id) stackButton.textContent = `◂ ${now.label}`;
    if (asked === null || (now.id ?? "") === (before.id ?? "")) return;
    focus(now.id ? now.first : before.id);
    speech.sayNow(now.id ? words.shown : words.stacked);
    asked = null;
  }

  function focus(id) {
    const part = parts.get(id);
    if (!part) return;
    if (parts.has(current)) set(parts.get(current), { tabindex: "-1" });
    current = id;
    set(part, { tabindex: "0" });
    part.focus();
  }

  function choose(id) {
    const part = parts.get(id);
    if (part?.opens) openStack(part.opens);
    else tell("select", { id });
  }

  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  root.addEventListener("keydown", event => {
    const id = event.target.dataset?.target;
    if (event.key === "Escape" && model.get("card").id) close();
    else if (event.key === "Escape" && opened.id) openStack("");
    else if (id && (event.key === "Enter" || event.key === " ")) choose(id);
    else if (id && event.key in ways) focus(neighbour(parts, id, ...ways[event.key]));
    else if (id && (event.key === "Home" || event.key === "End")) focus([...parts.keys()].at(event.key === "Home" ? 0 : -1));
    else if (id && (event.key === "+" || event.key === "=")) view.zoom(1.25);
    else if (id && event.key === "-") view.zoom(0.8);
    else if (id && event.key === "0") view.zoom(0);
    else return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
  });
  targets.addEventListener("click", event => {
    const id = event.target.dataset?.target;
    if (!id || view.moved()) return;
    focus(id);
    choose(id);
  });
  rooms.addEventListener("click", event => {
    const id = event.target.closest("[data-item]")?.dataset.item;
    if (id && !view.moved()) { focus(id); choose(id); }
  });

  function close() {
    const id = model.get("card").id;
    tell("select", { id: "" });
    focus(id);
  }

  function showCard() {
    const found = model.get("card");
    for (const [id, part] of parts) set(part, { "aria-expanded": String(id === found.id) });
    card.classList.toggle("nl-empty", !found.id);
    const kept = card.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    card.replaceChildren();
    if (!found.id) return;
    card.setAttribute("aria-label", found.title);
    html(card, "p", { class: "nl-title" }, found.title);
    const row = html(card, "div", { class: "nl-row" });
    (found.actions ?? []).forEach(([label, line], number) => {
      const act = html(row, "span", { class: "nl-act" });
      const button = html(act, "button", { type: "button", "data-act": number }, label);
      button.onclick = () => tell("act", { line });
      html(act, "code", {}, line);
    });
    const shut = html(row, "button", { type: "button", "data-act": "close" }, words.close);
    shut.onclick = close;
    if (found.given) html(card, "div", { class: "nl-given" }).innerHTML = found.given;
    html(card, "div", { class: "nl-shown" }).innerHTML = found.html ?? "";
    if (kept !== null) card.querySelector(`[data-act="${kept}"]`)?.focus();
  }

  const showTrouble = () => { trouble.innerHTML = model.get("trouble"); };
  const hear = message => { if (message.what === "fly") fly(message); };
  model.on("change:picture", draw);
  model.on("change:card", showCard);
  model.on("change:trouble", showTrouble);
  model.on("msg:custom", hear);
  draw();
  showCard();
  showTrouble();
  const end = announce(tell);
  return () => {
    clearTimeout(marked);
    speech.stop();
    model.off("change:picture", draw);
    model.off("change:card", showCard);
    model.off("change:trouble", showTrouble);
    model.off("msg:custom", hear);
    end();
  };
}

export default { render };
