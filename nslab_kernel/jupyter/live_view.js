// What of a picture is seen: all of it, or a part, which the mouse moves.

function viewOf(picture, stage) {
  let size = [0, 0], view = null, grip = null;

  function show() {
    const [x, y, width, height] = view ?? [0, 0, ...size];
    picture.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    picture.setAttribute("width", size[0]);
    picture.setAttribute("height", size[1]);
    const least = view ? "" : `${Math.round(size[0] * 0.9)}px`;
    picture.style.minWidth = least;
    stage.style.setProperty("--nl-least", least);
  }

  function resize(width, height) {
    const as = size;
    size = [width, height];
    if (!view && (width !== as[0] || height !== as[1])) show();
  }

  // By 0 all of it is seen again.
  function zoom(by, at = null) {
    const [x, y, width, height] = view ?? [0, 0, ...size];
    const [cx, cy] = at ?? [x + width / 2, y + height / 2];
    const scale = by && Math.min(Math.max(1 / by, size[0] / 8 / width), size[0] / width);
    view = [cx - (cx - x) * scale, cy - (cy - y) * scale, width * scale, height * scale];
    if (!by || view[2] >= size[0]) view = null;
    show();
  }

  function point(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    return [place.x, place.y];
  }

  function drag(event) {
    if (!grip || !view) return;
    const [x, y] = point(event);
    view = [view[0] + grip.from[0] - x, view[1] + grip.from[1] - y, view[2], view[3]];
    grip.moved ||= Math.hypot(grip.from[0] - x, grip.from[1] - y) > 3;
    show();
  }

  picture.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, point(event));
  }, { passive: false });
  picture.addEventListener("pointerdown", event => { if (view) grip = { from: point(event), moved: false }; });
  picture.addEventListener("pointermove", drag);
  // The click that ends a drag comes after it.
  const release = () => setTimeout(() => grip = null);
  picture.addEventListener("pointerup", release);
  picture.addEventListener("pointerleave", release);

  return { resize, zoom, moved: () => grip?.moved ?? false };
}
