/* The mouse on the page: a click picks a word, a drag on paper moves the paper, on the current word's frame
   the word, on its handles the frame's sides; a drag for a new word draws its box. Ctrl+wheel zooms about the
   pointer. Decides nothing: it tells the workbench. */

const HANDLES = [["nw", -1, -1], ["n", 0, -1], ["ne", 1, -1], ["e", 1, 0], ["se", 1, 1], ["s", 0, 1], ["sw", -1, 1], ["w", -1, 0]];
const GRIP = 9; // px on the screen that a handle answers to
const STILL = 4; // px within which a press is a click

class PageHands {
  /* events: pick(point, ctrl), moved(box, done), drawn(box, done), drawing() */
  constructor(view, events) {
    this.view = view; this.events = events; this.drag = null;
    const svg = view.svg, pane = view.pane;
    svg.addEventListener("pointerdown", (e) => this.down(e));
    svg.addEventListener("pointermove", (e) => { if (this.drag) this.move(e); else this.hover(e); });
    svg.addEventListener("pointerup", (e) => this.up(e));
    svg.addEventListener("pointerleave", () => view.cursor.classList.remove("held"));
    svg.addEventListener("pointercancel", () => this.cancel());
    svg.addEventListener("dragstart", (e) => e.preventDefault());
    pane.addEventListener("wheel", (e) => { if (e.ctrlKey) { e.preventDefault(); view.zoomAt(e, e.deltaY < 0 ? 1.15 : 1 / 1.15); } }, { passive: false });
  }

  /* What lies under the pointer: a handle's name, "inside" the current frame, or nothing. */
  part(point) {
    const box = this.view.box;
    if (!box) return "";
    const grip = GRIP / this.view.scale, [x, y] = point, [x0, y0, x1, y1] = box;
    const rx = (x1 - x0) / 4, ry = (y1 - y0) / 4; // the middle of a small word is for moving it
    if (x > x0 + rx && x < x1 - rx && y > y0 + ry && y < y1 - ry) return "inside";
    for (const [name, dx, dy] of HANDLES) {
      const hx = dx < 0 ? x0 : dx > 0 ? x1 : (x0 + x1) / 2, hy = dy < 0 ? y0 : dy > 0 ? y1 : (y0 + y1) / 2;
      if (Math.abs(x - hx) <= grip && Math.abs(y - hy) <= grip) return name;
    }
    return x >= x0 && x <= x1 && y >= y0 && y <= y1 ? "inside" : "";
  }

  hover(e) {
    const part = this.part(this.view.point(e)), { svg } = this.view;
    this.view.cursor.classList.toggle("held", Boolean(part));
    const turned = this.view.turn % 2 ? { n: "e", e: "n", s: "w", w: "s", ne: "nw", nw: "ne", se: "sw", sw: "se" } : {};
    svg.style.cursor = this.events.drawing() || e.shiftKey ? "crosshair" : part === "inside" ? "move" : part ? `${turned[part] || part}-resize` : "";
  }

  down(e) {
    if (e.button > 1) return;
    const at = this.view.point(e), part = e.button === 0 ? this.part(at) : "";
    let kind = "pan";
    if (e.button === 0 && (e.shiftKey || this.events.drawing())) kind = "draw";
    else if (part === "inside") kind = "move";
    else if (part) kind = part;
    this.drag = { kind, at, screen: [e.clientX, e.clientY], scroll: [this.view.pane.scrollLeft, this.view.pane.scrollTop], box: this.view.box && [...this.view.box], far: false, ctrl: e.ctrlKey || e.metaKey };
    this.view.svg.setPointerCapture(e.pointerId);
    e.preventDefault(); // the field keeps the focus
  }

  move(e) {
    const { drag, view } = this, dx = e.clientX - drag.screen[0], dy = e.clientY - drag.screen[1];
    if (!drag.far && Math.hypot(dx, dy) < STILL) return;
    drag.far = true;
    if (drag.kind === "pan") { view.pane.scrollLeft = drag.scroll[0] - dx; view.pane.scrollTop = drag.scroll[1] - dy; return; }
    drag.now = this.changed(view.point(e));
    if (drag.kind === "draw") this.events.drawn(drag.now, false); else this.events.moved(drag.now, false);
  }

  /* The box that the drag asks for, on the page and at least 4 px wide and high. */
  changed([x, y]) {
    const { kind, at, box } = this.drag, { width, height } = this.view;
    const fit = (v, most) => Math.min(Math.max(v, 0), most);
    if (kind === "draw") return [fit(Math.min(at[0], x), width), fit(Math.min(at[1], y), height), fit(Math.max(at[0], x), width), fit(Math.max(at[1], y), height)];
    let [x0, y0, x1, y1] = box;
    const dx = x - at[0], dy = y - at[1];
    if (kind === "move") {
      const mx = Math.min(Math.max(dx, -x0), width - x1), my = Math.min(Math.max(dy, -y0), height - y1);
      return [x0 + mx, y0 + my, x1 + mx, y1 + my];
    }
    if (kind.includes("w")) x0 = Math.min(fit(x0 + dx, width), x1 - 4);
    if (kind.includes("e")) x1 = Math.max(fit(x1 + dx, width), x0 + 4);
    if (kind.includes("n")) y0 = Math.min(fit(y0 + dy, height), y1 - 4);
    if (kind.includes("s")) y1 = Math.max(fit(y1 + dy, height), y0 + 4);
    return [x0, y0, x1, y1];
  }

  up(e) {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return;
    if (!drag.far) { if (e.button === 0) this.events.pick(drag.at, drag.ctrl); return; }
    if (!drag.now) return;
    const [x0, y0, x1, y1] = drag.now;
    if (drag.kind !== "draw") this.events.moved(drag.now, true);
    else if (x1 - x0 >= 4 && y1 - y0 >= 4) this.events.drawn(drag.now, true);
    else this.events.drawn(null, true);
  }

  /* Esc while the button is down: everything is as before. True where there was something to give up. */
  cancel() {
    const drag = this.drag;
    this.drag = null;
    if (!drag || !drag.far || drag.kind === "pan") return Boolean(drag);
    if (drag.kind === "draw") this.events.drawn(null, true); else this.events.moved(drag.box, false);
    return true;
  }
}
