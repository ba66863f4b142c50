// The functions of every page: large pictures, the list of steps, the other language, and marks on what was searched.
const main = document.getElementById("main");

function enlarge(image) {
  const large = document.getElementById("large");
  const copy = image.cloneNode();
  copy.style.width = `${Math.max(image.naturalWidth, Math.min(innerWidth * 0.9, image.naturalWidth * 2))}px`;
  large.querySelector("div").replaceChildren(copy);
  large.showModal();
}

function markWhereTheReaderIs(steps) {
  const links = new Map([...steps.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const headings = [...main.querySelectorAll("h2")];
  const mark = () => {
    const now = headings.findLast((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
    for (const [id, link] of links) {
      if (id === now?.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}

// Marks the first text with each word after the anchor to which a search led; a folded answer stays folded.
function markFound(asked) {
  const place = document.getElementById(location.hash.slice(1));
  if (!place) return;
  const isRead = (node) => !node.parentElement.closest(".text_cell details, .nl-answer, style");
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT, (node) => (isRead(node) ? 1 : 2));
  texts.currentNode = place;
  const marks = new Map();
  for (let text = texts.nextNode(); text && marks.size < asked.length; text = texts.nextNode()) {
    for (const word of asked) {
      const at = text.data.toLowerCase().indexOf(word);
      if (at < 0 || marks.has(word)) continue;
      const ends = { startContainer: text, startOffset: at, endContainer: text, endOffset: at + word.length };
      marks.set(word, new StaticRange(ends));
      text.parentElement.closest("details")?.setAttribute("open", "");
    }
  }
  CSS.highlights?.set("found", new Highlight(...marks.values()));
  marks.get(asked[0])?.startContainer.parentElement.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const picture = event.target.closest("button.picture");
  if (picture) enlarge(picture.querySelector("img"));
  if (event.target.id === "large") event.target.close();
  if (event.target.closest("#steps a")) document.getElementById("steps").hidePopover();
  const other = event.target.closest("a.switch");
  if (!other) return;
  try { localStorage.setItem("nslab-language", other.dataset.language); } catch {}
  other.hash = location.hash;
});

const steps = document.getElementById("steps");
if (steps) markWhereTheReaderIs(steps);
markFound((new URLSearchParams(location.search).get("find") ?? "").split(" ").filter(Boolean));
