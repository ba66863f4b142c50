// Packets that travel: the way there, the way back, and where one was lost.

const FLIGHT_MS = 800;

function flightsIn(layer, words) {
  const later = (element, more = () => { }) => setTimeout(() => { element.remove(); more(); }, 2 * FLIGHT_MS);

  const drop = ([x, y]) => later(svg(layer, "path", { class: "nl-drop", d: `M${x - 7} ${y - 7}l14 14m0 -14l-14 14` }));

  function flag([x, y], text, below) {
    const element = svg(layer, "text", { class: "nl-flag", x, y: below ? y + 18 : y - 8, "text-anchor": "middle" });
    element.textContent = text;
    later(element);
  }

  // Without motion a packet stands where it passes, with its name.
  function stand(way, look, name, below, end) {
    const [cx, cy] = way[Math.floor(way.length / 2)];
    later(svg(layer, "circle", { ...look, cx, cy }), end);
    flag([cx, cy], name, below);
  }

  function travel(way, look, delay, end) {
    const dot = svg(layer, "circle", look);
    dot.style.offsetPath = `path("M${way.map(([x, y]) => `${x} ${y}`).join("L")}")`;
    dot.style.offsetRotate = "0deg";
    dot.style.opacity = 0;
    dot.animate([{ offsetDistance: "0%", opacity: 1 }, { offsetDistance: "100%", opacity: 1 }],
      { duration: FLIGHT_MS, delay, easing: "ease-in-out" }).finished.then(() => { dot.remove(); end(); }, () => dot.remove());
  }

  return ({ ways, lost }) => ways.forEach((way, number) => {
    const ends = lost && number === ways.length - 1;
    const end = () => { if (ends) drop(way.at(-1)); };
    const look = { r: 5, class: number ? "nl-packet nl-back" : "nl-packet" };
    if (way.length < 2) drop(way[0]);
    else if (still()) stand(way, look, ends ? words.lost : number ? words.reply : words.request, number, end);
    else travel(way, look, number * FLIGHT_MS, end);
  });
}
