/* The page: the scan with its marks, zoom and scrolling, and the strip of pages beside it. Draws what it
   is given; decides nothing. */

const SVG = "http://www.w3.org/2000/svg";
const MOST_NODES = 300; // words in the page's DOM at a time

function shape(name, attributes, className) {
  const node = document.createElementNS(SVG, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (className) node.setAttribute("class", className);
  return node;
}

class PageView {
  /* events: as in hands.js, in pixels of the page image */
  constructor(root, events) {
    this.pane = root.querySelector(".page"); this.sheet = root.querySelector(".sheet");
    this.turned = root.querySelector(".turned"); this.img = root.querySelector(".scan"); this.svg = root.querySelector(".marks");
    this.layer = root.querySelector(".layer"); this.far = root.querySelector(".far"); this.cursor = root.querySelector(".cursor");
    this.wb = root.querySelector(".wb"); this.notice = root.querySelector(".notice"); this.failures = root.querySelector(".failures"); this.noted = root.querySelector(".notes");
    this.label = root.querySelector(".zoom"); this.hatch = root.querySelector(".hatch");
    this.zoom = 1; this.turn = 0; this.width = 1; this.height = 1; this.nodes = new Map(); this.bitmap = null; this.box = null;
    this.spin = 0; this.base = 0; this.words = null; this.saved = () => "";
    this.hands = new PageHands(this, events);
    this.pane.addEventListener("scroll", () => { if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = null; this._draw(); }); }, { passive: true });
    this.observer = new ResizeObserver(() => this._layout());
    this.observer.observe(this.pane);
  }

  close() { this.observer.disconnect(); this._forget(); }

  _forget() {
    if (this.url) URL.revokeObjectURL(this.url);
    if (this.bitmap) this.bitmap.close();
    this.url = this.bitmap = null;
  }

  /* Where a click is in pixels of the page image. */
  point(e) {
    const r = this.sheet.getBoundingClientRect(), x = (e.clientX - r.left) / this.scale, y = (e.clientY - r.top) / this.scale;
    return [[x, y], [y, this.height - x], [this.width - x, this.height - y], [this.width - y, x]][this.turn];
  }

  /* A page whose text stands on its head or side is shown upright: quarter turns clockwise, by most words. */
  upright(slots) {
    const votes = [0, 0, 0, 0];
    for (const { quad: q } of slots) votes[(4 - Math.round(Math.atan2(q[3] - q[1], q[2] - q[0]) / (Math.PI / 2))) % 4]++;
    this.base = votes.indexOf(Math.max(...votes));
    this._turn();
  }

  /* The view turned by quarters, clockwise, on top of what shows the text upright. */
  rotate(by) { this.spin = (this.spin + by + 4) % 4; this._turn(); }

  _turn() {
    const turn = (this.base + this.spin) % 4;
    if (turn !== this.turn) { this.turn = turn; this._layout(); }
  }

  /* A direction on the screen as a direction in the page image. */
  direction(dx, dy) { return [[dx, dy], [dy, -dx], [-dx, -dy], [-dy, dx]][this.turn]; }

  /* The scan of a page whose words are not there yet: their comparison may take seconds. */
  async preview(number, blob, wanted) {
    const bitmap = await createImageBitmap(blob);
    if (!wanted()) { bitmap.close(); return; }
    this.open({ page: number, width: bitmap.width, height: bitmap.height });
    bitmap.close();
    this.url = URL.createObjectURL(blob);
    this.img.src = this.url;
    this.seen = number;
  }

  /* Shows another page's frame at once; the scan follows when it is there. */
  open(page, notice) {
    if (this.seen !== page.page) { this._forget(); this.img.removeAttribute("src"); }
    this.seen = null;
    this.img.alt = t("image", { page: page.page });
    this.pane.setAttribute("aria-label", this.img.alt);
    this.width = page.width || 1000; this.height = page.height || 1414;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.notice.hidden = !notice; this.notice.textContent = notice || "";
    this.sheet.hidden = Boolean(notice);
    this.layer.replaceChildren(); this.far.replaceChildren(); this.cursor.replaceChildren(); this.nodes.clear(); this.box = null; this.words = null;
    this.pane.scrollTop = 0;
    this._layout();
  }

  /* Engines that could not read the page, in their own words. */
  problems(text) { this.failures.hidden = !text; this.failures.textContent = text; }

  /* What was odd in an engine's answer and did not spoil it. */
  notes(text) { this.noted.hidden = !text; this.noted.textContent = text; }

  async scan(blob) {
    const bitmap = await createImageBitmap(blob);
    this._forget();
    this.bitmap = bitmap;
    this.url = URL.createObjectURL(blob);
    this.img.src = this.url;
    await this.img.decode().catch(() => {});
  }

  setZoom(zoom) { this.zoom = Math.min(Math.max(zoom, 0.3), 8); this._layout(); }

  /* Zooms so that what is under the pointer stays there. */
  zoomAt(e, by) {
    const before = this.point(e), box = this.box;
    this.box = null; this.setZoom(this.zoom * by); this.box = box;
    const after = this.point(e), [dx, dy] = this.toScreen(before[0] - after[0], before[1] - after[1]);
    this.pane.scrollLeft += dx * this.scale; this.pane.scrollTop += dy * this.scale;
  }

  /* A direction in the page image as one on the screen, the inverse of `direction`. */
  toScreen(dx, dy) { return [[dx, dy], [-dy, dx], [-dx, -dy], [dy, -dx]][this.turn]; }

  _layout() {
    const room = this.pane.clientWidth - 24;
    if (room <= 0) return;
    const sideways = this.turn % 2 === 1;
    this.scale = (room / (sideways ? this.height : this.width)) * this.zoom;
    const w = this.width * this.scale, h = this.height * this.scale;
    this.sheet.style.width = `${sideways ? h : w}px`; this.sheet.style.height = `${sideways ? w : h}px`;
    this.turned.style.width = `${w}px`; this.turned.style.height = `${h}px`;
    const [x, y] = [[0, 0], [h, 0], [w, h], [0, w]][this.turn];
    this.turned.style.transform = this.turn ? `translate(${x}px, ${y}px) rotate(${this.turn * 90}deg)` : "";
    this.wb.style.setProperty("--scale", this.scale.toFixed(4));
    this.hatch.setAttribute("patternTransform", `scale(${1 / this.scale})`);
    this.label.textContent = this.zoom === 1 ? t("fit") : `${Math.round(this.zoom * 100)} %`;
    if (this.box) this.reveal(this.box, true);
    this._draw();
  }

  /* The page's words and how each is saved ("way", "stored" or nothing for an id): drawn as far as they are in view. */
  marks(slots, saved) {
    this.words = slots; this.saved = saved;
    this._draw();
  }

  /* Draws the marks that changed and are in or near the view, the nearest MOST_NODES as nodes of their own and
     all further ones as one path a look: a thousand words a page stay fluent. */
  _draw() {
    if (!this.words) return;
    const [x0, y0, x1, y1] = this._view(), shown = [];
    for (const slot of this.words) {
      const q = slot.quad, left = Math.min(q[0], q[2], q[4], q[6]), right = Math.max(q[0], q[2], q[4], q[6]);
      const top = Math.min(q[1], q[3], q[5], q[7]), bottom = Math.max(q[1], q[3], q[5], q[7]);
      if (right < x0 || left > x1 || bottom < y0 || top > y1) continue;
      const state = this.saved(slot.id);
      const look = slot.status === "open" || slot.status === "contested" ? slot.mark : slot.status === "unsure" ? "unsure" : "decided";
      if (look || state) shown.push({ slot, state, look, far: Math.abs((left + right) / 2 - (x0 + x1) / 2) + Math.abs((top + bottom) / 2 - (y0 + y1) / 2) });
    }
    if (shown.length > MOST_NODES) shown.sort((a, b) => a.far - b.far);
    const seen = new Set();
    for (const { slot, state, look } of shown.slice(0, MOST_NODES)) {
      seen.add(slot.id);
      const held = this.nodes.get(slot.id);
      if (held && held.slot === slot && held.state === state) continue;
      const node = this._mark(slot, look, state);
      if (held) held.node.replaceWith(node); else this.layer.append(node);
      this.nodes.set(slot.id, { slot, state, node });
    }
    for (const [id, held] of this.nodes) {
      if (!seen.has(id)) { held.node.remove(); this.nodes.delete(id); }
    }
    this._further(shown.slice(MOST_NODES));
  }

  /* The marks that have no node of their own: a path for each look. */
  _further(marks) {
    const paths = {};
    for (const { slot, look } of marks) {
      const q = padded(slot.quad, this.width / 900), [a, b] = slot.vertical ? [2, 4] : [6, 4];
      const d = look === "decided" ? `M${q[a]},${q[a + 1]}L${q[b]},${q[b + 1]}` : `M${q[0]},${q[1]}L${q[2]},${q[3]}L${q[4]},${q[5]}L${q[6]},${q[7]}Z`;
      paths[look] = (paths[look] || "") + d;
    }
    this.far.replaceChildren(...Object.entries(paths).map(([look, d]) => { const group = shape("g", {}, look); group.append(shape("path", { d })); return group; }));
  }

  /* What can be seen of the page and half a screen around it, in pixels of the page image. */
  _view() {
    const { pane, sheet, scale: s, width: w, height: h } = this, more = pane.clientHeight / 2;
    if (!s) return [0, 0, w, h];
    const left = (pane.scrollLeft - sheet.offsetLeft - more) / s, top = (pane.scrollTop - sheet.offsetTop - more) / s;
    const right = left + (pane.clientWidth + 2 * more) / s, bottom = top + (pane.clientHeight + 2 * more) / s;
    return [[left, top, right, bottom], [top, h - right, bottom, h - left], [w - right, h - bottom, w - left, h - top], [w - bottom, left, w - top, right]][this.turn];
  }

  _mark(slot, look, state) {
    const group = shape("g", { "data-slot": slot.id }, look);
    const q = padded(slot.quad, this.width / 900), corners = `${q[0]},${q[1]} ${q[2]},${q[3]} ${q[4]},${q[5]} ${q[6]},${q[7]}`;
    if (look === "decided") {
      const [a, b] = slot.vertical ? [2, 4] : [6, 4];
      group.append(shape("line", { x1: q[a], y1: q[a + 1], x2: q[b], y2: q[b + 1] }));
    } else if (look) group.append(shape("polygon", { points: corners }));
    if (look === "high") {
      const along = unit(q[0], q[1], q[2], q[3]), down = unit(q[0], q[1], q[6], q[7]);
      const size = Math.min(Math.hypot(q[6] - q[0], q[7] - q[1]) * 0.3, this.width / 110);
      const tip = (v) => `${q[0] + v[0] * size},${q[1] + v[1] * size}`;
      group.append(shape("polygon", { points: `${q[0]},${q[1]} ${tip(along)} ${tip(down)}` }, "tick"));
    }
    if (look === "unsure") {
      const mark = shape("text", { x: q[2], y: q[3] });
      mark.textContent = "?";
      group.append(mark);
    }
    if (slot.personal && look !== "decided") { // a bracket before the word
      const along = unit(q[0], q[1], q[2], q[3]), tab = this.width / 220, at = (x, y, k) => `${x + along[0] * k},${y + along[1] * k}`;
      group.append(shape("polyline", { points: `${at(q[0], q[1], tab)} ${at(q[0], q[1], -tab / 3)} ${at(q[6], q[7], -tab / 3)} ${at(q[6], q[7], tab)}` }, "bracket"));
    }
    if (state) group.append(shape("circle", { cx: q[4], cy: q[5], r: 4 }, state === "way" ? "dot way" : "dot"));
    return group;
  }

  /* The frame of the current word, and the pane scrolled so that its surroundings are visible. */
  current(quad, isNew, still) {
    this.cursor.replaceChildren();
    if (!quad) { this.box = null; return; }
    const points = padded(quad, 4 / (this.scale || 1)).join(" ");
    for (const name of ["halo", isNew ? "frame new" : "frame"]) this.cursor.append(shape("polygon", { points }, name));
    this.box = bounds({ quad });
    const [x0, y0, x1, y1] = this.box;
    for (const [name, dx, dy] of HANDLES) {
      this.cursor.append(shape("circle", { cx: dx < 0 ? x0 : dx > 0 ? x1 : (x0 + x1) / 2, cy: dy < 0 ? y0 : dy > 0 ? y1 : (y0 + y1) / 2, r: 3 }, `handle ${name}`));
    }
    if (!still) this.reveal(this.box);
  }

  reveal([x0, y0, x1, y1], always) {
    const { width: w, height: h } = this;
    const box = [[x0, y0, x1, y1], [h - y1, x0, h - y0, x1], [w - x1, h - y1, w - x0, h - y0], [y0, w - x1, y1, w - x0]][this.turn];
    const s = this.scale, pane = this.pane, top = this.sheet.offsetTop, left = this.sheet.offsetLeft;
    const y = ((box[1] + box[3]) / 2) * s + top, x = ((box[0] + box[2]) / 2) * s + left;
    const inY = y > pane.scrollTop + pane.clientHeight * 0.15 && y < pane.scrollTop + pane.clientHeight * 0.85;
    const inX = box[0] * s + left > pane.scrollLeft + 10 && box[2] * s + left < pane.scrollLeft + pane.clientWidth - 10;
    if (always || !inY) pane.scrollTop = y - pane.clientHeight * 0.4;
    if (always || !inX) pane.scrollLeft = x - pane.clientWidth / 2;
  }

  /* The magnified strip: the line around a word, upright, its neighbours readable. */
  loupe(canvas, quad, vertical) {
    canvas.classList.toggle("tall", vertical);
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext("2d", { alpha: false });
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height);
    if (!quad || !this.bitmap || !width) return;
    const w = Math.hypot(quad[2] - quad[0], quad[3] - quad[1]) || 1, h = Math.hypot(quad[6] - quad[0], quad[7] - quad[1]) || 1;
    const high = Math.max(h, this.width / 70); // a speck is shown with its surroundings
    const s = Math.min((height * (vertical ? 0.7 : 0.36)) / high, (width * (vertical ? 0.3 : 0.8)) / w, 6);
    const sx = this.bitmap.width / this.width, sy = this.bitmap.height / this.height;
    pen.scale(ratio, ratio);
    pen.translate(width / 2, height / 2);
    pen.rotate(-Math.atan2(quad[3] - quad[1], quad[2] - quad[0]));
    pen.scale(s, s);
    this.loupeScale = s;
    const cx = (quad[0] + quad[4]) / 2, cy = (quad[1] + quad[5]) / 2, reach = Math.hypot(width, height) / 2 / s;
    const x0 = Math.max(0, cx - reach), y0 = Math.max(0, cy - reach), x1 = Math.min(this.width, cx + reach), y1 = Math.min(this.height, cy + reach);
    if (x1 > x0 && y1 > y0) {
      pen.imageSmoothingQuality = "high";
      pen.drawImage(this.bitmap, x0 * sx, y0 * sy, (x1 - x0) * sx, (y1 - y0) * sy, x0 - cx, y0 - cy, x1 - x0, y1 - y0);
    }
    if (this.wb.classList.contains("bare")) return;
    pen.strokeStyle = "#24507a"; pen.lineWidth = 2 / s;
    pen.strokeRect(-w / 2 - 3 / s, -h / 2 - 3 / s, w + 6 / s, h + 6 / s);
  }
}

/* A quad grown by `pad` on every side, away from its middle. */
function padded(quad, pad) {
  const cx = (quad[0] + quad[4]) / 2, cy = (quad[1] + quad[5]) / 2;
  return quad.map((v, i) => v + Math.sign(v - (i % 2 ? cy : cx)) * pad);
}

function unit(x0, y0, x1, y1) {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  return [(x1 - x0) / length, (y1 - y0) / length];
}

class PageStrip {
  /* One button a page with thumbnail, number and what is left; thumbnails are fetched as they come into view. */
  constructor(root, server, open) {
    this.nav = root.querySelector(".strip"); this.server = server; this.open = open; this.buttons = new Map(); this.urls = [];
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this._thumb(entry.target);
    }, { root: this.nav, rootMargin: "300px" });
  }

  close() { this.observer.disconnect(); this.urls.forEach((url) => URL.revokeObjectURL(url)); }

  /* The strip of another document follows. */
  reset() { this.close(); this.urls = []; this.buttons.clear(); this.at = null; this.nav.replaceChildren(); }

  show(total, infos, current) {
    this.nav.setAttribute("aria-label", t("pages"));
    for (let page = 1; page <= total; page++) {
      let button = this.buttons.get(page);
      if (!button) {
        button = document.createElement("button");
        button.type = "button"; button.dataset.page = page;
        button.innerHTML = '<span class="blank"></span><span class="rest"><i></i></span><span class="number"><b></b><span></span></span>';
        button.addEventListener("click", () => this.open(page));
        this.nav.append(button); this.buttons.set(page, button); this.observer.observe(button);
      }
      const info = infos.get(page) || {};
      const looked = info.read ? info.decided + info.unsure : 0, share = info.left ? info.left / (info.left + looked) : 0;
      button.querySelector("i").style.width = `${Math.round(share * 100)}%`;
      button.querySelector("b").textContent = page;
      button.title = info.with ? t("with", { person: info.with.person }) : "";
      button.classList.toggle("taken", Boolean(info.with));
      button.querySelector(".number span").textContent = !info.read ? "…" : info.approved ? "✓" : info.left || "";
      button.setAttribute("aria-label", `${t("page", { page })}, ${t("left_thumb", { left: info.left || 0 })}${info.with ? `, ${button.title}` : ""}`);
      if (page === current) button.setAttribute("aria-current", "page"); else button.removeAttribute("aria-current");
    }
    const now = this.buttons.get(current);
    if (now && this.at !== current) { this.at = current; now.scrollIntoView({ block: "nearest" }); }
  }

  async _thumb(button) {
    this.observer.unobserve(button);
    try {
      const url = URL.createObjectURL(await this.server.blob(`/pages/${button.dataset.page}/image?kind=thumb`));
      this.urls.push(url);
      const img = new Image();
      img.alt = ""; img.src = url;
      button.querySelector(".blank, img").replaceWith(img);
    } catch { setTimeout(() => this.observer.observe(button), 5000); }
  }
}
