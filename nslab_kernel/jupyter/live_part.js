// What the live parts are made with; it stands before the module of each.

function append(parent, element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

function html(parent, tag, attributes = {}, text = "") {
  const element = append(parent, document.createElement(tag), attributes);
  element.textContent = text;
  return element;
}

const svg = (parent, tag, attributes = {}) =>
  append(parent, document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const newPage = () => crypto.randomUUID?.() ?? String(Math.random());

// Returns what tells the kernel something; without a kernel nobody hears.
const teller = (model, page) => (what, more = {}) => { try { model.send({ what, page, ...more }); } catch { } };

// Says that a page is open; returns what says that it is not any more, which a browser tab that is closed does too.
function announce(tell) {
  const close = () => { removeEventListener("pagehide", close); tell("close"); };
  addEventListener("pagehide", close);
  tell("open");
  return close;
}

// Its hatching is the page's own: another part's, scrolled out of sight, would not be drawn.
function chart(stage, { width, height, svg }, page) {
  const own = svg.replaceAll("nl-hatch", `nl-hatch-${page}`);
  stage.innerHTML = `<svg class="nl-svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${own}</svg>`;
  return stage.firstChild;
}
