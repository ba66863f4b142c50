// Finds the parts that contain every word. The texts are small enough to be read whole at each key press. An index of
// words would not find pieces of Chinese, which has no spaces, or of `192.168` and `icmp_seq=1`; this search does.
const lessons = JSON.parse(document.getElementById("places").textContent);
const input = document.getElementById("words");
const found = document.getElementById("found");
const count = document.getElementById("count");
const SHOWN = 5;
const BEFORE = 60;
const AFTER = 120;

function element(name, ...inside) {
  const made = document.createElement(name);
  made.append(...inside);
  return made;
}

function excerpt(text, word) {
  const at = text.toLowerCase().indexOf(word);
  const start = Math.max(0, at - BEFORE);
  const end = at + word.length;
  const mark = element("mark", text.slice(at, end));
  return element("p", start ? "… " : "", text.slice(start, at), mark, text.slice(end, end + AFTER), end + AFTER < text.length ? " …" : "");
}

function result(lesson, place, asked) {
  const link = element("a", place.step || lesson.title);
  link.href = `${lesson.page}.html?find=${encodeURIComponent(asked.join(" "))}#${place.anchor}`;
  return element("li", link, excerpt(place.text, asked[0]));
}

function search() {
  const asked = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  found.replaceChildren();
  count.textContent = "";
  if (!asked.length) return;
  let all = 0;
  for (const lesson of lessons) {
    const places = lesson.places.filter(({ text }) => asked.every((word) => text.toLowerCase().includes(word)));
    if (!places.length) continue;
    all += places.length;
    const list = element("ol", ...places.slice(0, SHOWN).map((place) => result(lesson, place, asked)));
    const item = element("li", element("h2", lesson.title), list);
    if (places.length > SHOWN) item.append(element("p", words.more.replace("{count}", places.length - SHOWN)));
    found.append(item);
  }
  count.textContent = all ? words.found.replace("{count}", all) : words.nothing;
}

input.addEventListener("input", search);
