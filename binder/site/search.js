// Finds the lessons that have every word, and shows where; Chinese has no spaces, so a word is any piece of text.
const lessons = JSON.parse(document.getElementById("lessons").textContent);
const words = document.getElementById("words");
const found = document.getElementById("found");
const count = document.getElementById("count");

function place(lesson, asked) {
  const texts = [lesson.title, ...lesson.texts];
  const all = texts.join("\n").toLowerCase();
  if (!asked.every((word) => all.includes(word))) return null;
  const text = texts.find((one) => one.toLowerCase().includes(asked[0]));
  const at = Math.max(0, text.toLowerCase().indexOf(asked[0]) - 60);
  return (at ? "… " : "") + text.slice(at, at + 180).trim() + " …";
}

function search() {
  const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  found.replaceChildren();
  count.textContent = "";
  if (!asked.length) return;
  for (const lesson of lessons) {
    const text = place(lesson, asked);
    if (text === null) continue;
    const item = document.createElement("li");
    const link = document.createElement("a");
    const words = document.createElement("p");
    item.lang = lesson.href.startsWith("zh/") ? "zh-CN" : "en";
    link.href = lesson.href;
    link.textContent = lesson.title;
    words.textContent = text;
    item.append(link, words);
    found.append(item);
  }
  count.textContent = found.childElementCount ? String(found.childElementCount) : "Nothing found. 没有找到。";
}

words.addEventListener("input", search);
