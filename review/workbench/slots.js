/* A page's words as plain values, and what each decision does to them. No DOM, no network: the same
   rules as review/apply.py for the simple case that ids are known. The server's state always wins. */

/* Nobody has decided on it, or two people otherwise. */
const flagged = (slot) => (slot.status === "open" || slot.status === "contested") && slot.mark !== "";

const PASSES = 4; // review/queue.py

function bounds(slot) {
  const q = slot.quad;
  return [Math.min(q[0], q[2], q[4], q[6]), Math.min(q[1], q[3], q[5], q[7]),
    Math.max(q[0], q[2], q[4], q[6]), Math.max(q[1], q[3], q[5], q[7])];
}

const quadOf = ([x0, y0, x1, y1]) => [x0, y0, x1, y0, x1, y1, x0, y1];

const union = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];

/* A key or an id that nobody else makes. */
function token(prefix) {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return prefix + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/* The slots after an edit: a new array; slots that did not change stay the same objects. */
function applied(slots, edit) {
  const p = edit.payload || {};
  const at = slots.findIndex((s) => s.id === p.slot);
  const set = (change) => slots.map((s, i) => (i === at ? { ...s, ...change } : s));
  switch (edit.kind) {
    case "accept": return set({ status: "accepted", text: p.text });
    case "correct": return set({ status: "corrected", text: p.text });
    case "unsure": return set({ status: "unsure" });
    case "delete": return slots.filter((s) => s.id !== p.slot);
    case "move": return set({ quad: refit(slots[at], p.box) });
    case "insert": {
      const after = slots.findIndex((s) => s.id === p.after), [at, like] = p.after ? [after + 1, slots[after]] : readingPlace(slots, p.box);
      const made = made_(p, "inserted", like);
      return [...slots.slice(0, at), made, ...slots.slice(at)];
    }
    case "split":
      return [...slots.slice(0, at), ...p.parts.map((part) => made_(part, "corrected", slots[at])), ...slots.slice(at + 1)];
    case "merge": {
      const first = slots.findIndex((s) => p.slots.includes(s.id));
      const made = made_(p, "corrected", slots[first]);
      return [...slots.slice(0, first), made, ...slots.slice(first).filter((s) => !p.slots.includes(s.id))];
    }
    default: return slots;
  }
}

/* From a word's centre to a point: along the direction of its text, and across (to the next line). */
function offsetFrom(slot, [px, py]) {
  const q = slot.quad, [x0, y0, x1, y1] = bounds(slot), dx = px - (x0 + x1) / 2, dy = py - (y0 + y1) / 2;
  const unitOf = (ax, ay, or) => { const length = Math.hypot(ax, ay); return length ? [ax / length, ay / length] : or; };
  const right = unitOf(q[2] - q[0], q[3] - q[1], [1, 0]), down = unitOf(q[6] - q[0], q[7] - q[1], [0, 1]);
  const across = dx * right[0] + dy * right[1], below = dx * down[0] + dy * down[1];
  return slot.vertical ? [below, -across] : [across, below]; // vertical lines follow each other from right to left
}

/* Index of the word that is nearest in reading: along its line first. -1 on an empty page. */
function nearest(slots, box) {
  const centre = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  let best = -1, least = Infinity;
  slots.forEach((slot, index) => {
    const [along, across] = offsetFrom(slot, centre), cost = Math.abs(along) + 4 * Math.abs(across);
    if (cost < least) { least = cost; best = index; }
  });
  return best;
}

/* Where a word that nobody placed is read, as review/apply.py has it: [index, the neighbour it is like]. */
function readingPlace(slots, box) {
  const near = nearest(slots, box);
  if (near < 0) return [0, null];
  const slot = slots[near], [x0, y0, x1, y1] = bounds(slot), size = Math.max(slot.vertical ? x1 - x0 : y1 - y0, 1);
  const [along, across] = offsetFrom(slot, [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]);
  if (Math.abs(across / size) <= 0.6) return [near + (along > 0 ? 1 : 0), slot];
  const same = slots.map((s, i) => (s.line === slot.line ? i : -1)).filter((i) => i >= 0);
  return [across > 0 ? same[same.length - 1] + 1 : same[0], slot];
}

function made_(p, status, like) {
  return { id: p.slot, text: p.text, quad: like ? refit(like, p.box) : quadOf(p.box), line: like ? like.line : 0, risk: 0, expected: 0, personal: false, by: "", rank: 1, mark: "", status,
    reasons: [], why: "", candidates: [], vertical: Boolean(like && like.vertical), seen: 0 };
}

function refit(slot, box) {
  const [x0, y0, x1, y1] = bounds(slot), q = slot.quad, out = [];
  for (let i = 0; i < 8; i += 2) {
    out.push(box[0] + ((q[i] - x0) / (x1 - x0 || 1)) * (box[2] - box[0]), box[1] + ((q[i + 1] - y0) / (y1 - y0 || 1)) * (box[3] - box[1]));
  }
  return out;
}

/* The parts of a word cut after `cut` of its characters, boxes in proportion to them, in reading direction. */
function parts(slot, text, cut) {
  const texts = [text.slice(0, cut).trim(), text.slice(cut).trim()];
  const share = Math.min(Math.max(cut / text.length, 0.05), 0.95);
  const [x0, y0, x1, y1] = bounds(slot), q = slot.quad;
  const [dx, dy] = slot.vertical ? [q[6] - q[0], q[7] - q[1]] : [q[2] - q[0], q[3] - q[1]];
  let boxes;
  if (Math.abs(dx) >= Math.abs(dy)) {
    const x = x0 + (x1 - x0) * (dx > 0 ? share : 1 - share);
    boxes = [[x0, y0, x, y1], [x, y0, x1, y1]];
    if (dx < 0) boxes.reverse();
  } else {
    const y = y0 + (y1 - y0) * (dy > 0 ? share : 1 - share);
    boxes = [[x0, y0, x1, y], [x0, y, x1, y1]];
    if (dy < 0) boxes.reverse();
  }
  return texts.map((part, i) => ({ slot: token("s-"), box: boxes[i].map(tenth), text: part }));
}

const tenth = (v) => Math.round(v * 10) / 10;

/* Room for a new word after a slot, in the direction of its text: the gap up to the next word of its line,
   else three times its thickness. */
function roomAfter(slot, next, width, height) {
  if (!slot) return [width * 0.1, height * 0.1, width * 0.3, height * 0.12].map(tenth);
  const q = slot.quad, corner = slot.vertical ? 6 : 2;
  const end = [q[corner], q[corner + 1]], side = [q[4], q[5]];
  const length = Math.hypot(end[0] - q[0], end[1] - q[1]) || 1, u = [(end[0] - q[0]) / length, (end[1] - q[1]) / length];
  const thick = Math.hypot(side[0] - end[0], side[1] - end[1]);
  const gap = next && next.line === slot.line ? (next.quad[0] - end[0]) * u[0] + (next.quad[1] - end[1]) * u[1] : 0;
  const far = gap > 0 ? Math.max(gap - 2, thick / 3) : 3 * thick;
  const points = [end, side].flatMap(([x, y]) => [2, far].flatMap((d) => [x + u[0] * d, y + u[1] * d]));
  const [x0, y0, x1, y1] = bounds({ quad: points });
  const box = [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)];
  if (box[2] - box[0] < 4) box[0] = Math.max(0, box[2] - thick);
  if (box[3] - box[1] < 4) box[1] = Math.max(0, box[3] - thick);
  return box.map(tenth);
}

/* Which characters of `text` are not in `other`, by their longest common subsequence: [[part, differs]]. */
function differences(text, other) {
  const a = [...text], b = [...other];
  if (text === other || a.length * b.length > 40000) return [[text, false]];
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      rows[i][j] = a[i] === b[j] ? rows[i + 1][j + 1] + 1 : Math.max(rows[i + 1][j], rows[i][j + 1]);
    }
  }
  const out = [];
  const push = (character, differs) => {
    const last = out[out.length - 1];
    if (last && last[1] === differs) last[0] += character; else out.push([character, differs]);
  };
  let i = 0, j = 0;
  while (i < a.length) {
    if (j < b.length && a[i] === b[j] && rows[i][j] === rows[i + 1][j + 1] + 1) { push(a[i], false); i++; j++; }
    else if (j < b.length && rows[i][j + 1] > rows[i + 1][j]) j++;
    else { push(a[i], true); i++; }
  }
  return out;
}

/* Words joined into one: no space, unless one of them holds several words already. */
const joined = (a, b) => (a.includes(" ") || b.includes(" ") ? `${a} ${b}` : a + b).trim();
