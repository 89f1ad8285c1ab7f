/* Keys and buttons -> what the workbench does. Nothing typed while an input method composes counts. */

const BUTTONS = {
  accept: (wb) => wb.accept(), unsure: (wb) => wb.unsure(), delete: (wb) => wb.remove(), insert: (wb) => wb.insert(),
  merge: (wb) => wb.merge(), split: (wb) => wb.split(), undo: (wb) => wb.history("undo"), redo: (wb) => wb.history("redo"),
  next: (wb) => walk(wb, 1), previous: (wb) => walk(wb, -1), proceed: (wb) => wb.proceed(), approve: (wb) => wb.approve(),
  bare: (wb) => wb.bare(!wb.wb.classList.contains("bare")), draw: (wb) => wb.startDrawing(),
  "turn-left": (wb) => wb.turnView(-1), "turn-right": (wb) => wb.turnView(1), "zoom-fit": (wb) => wb.view.setZoom(1),
  "zoom-in": (wb) => wb.view.setZoom(wb.view.zoom * 1.25), "zoom-out": (wb) => wb.view.setZoom(wb.view.zoom / 1.25),
  scope: (wb) => wb.setScope(SCOPES[(SCOPES.indexOf(wb.scope) + 1) % SCOPES.length]), takeover: (wb) => wb.takeOver(), group: (wb) => wb.groups.open(),
  order: (wb) => { wb.order = wb.order === "risk" ? "reading" : "risk"; wb.barTexts(); const first = wb.queue()[0]; if (first) wb.go(first.id); },
};

/* To the next or previous doubtful word. What was typed and not entered is left behind as the field's owner asked. */
function walk(wb, step) {
  wb.flushMove();
  const next = wb.neighbour(wb.slot ? wb.position() : null, step);
  if (next) wb.go(next.id);
  else if (step > 0 && wb.scope !== "page" && !wb.inPass(wb.queue()).length) wb.advance();
  else if (wb.slot && !flagged(wb.slot)) wb.finish();
}

/* To the previous or next word of any kind. */
function stroll(wb, step) {
  wb.flushMove();
  const at = wb.slots.indexOf(wb.slot), next = wb.slots[at < 0 ? (step > 0 ? 0 : wb.slots.length - 1) : at + step];
  if (next) wb.go(next.id);
}

function turnPage(wb, step) {
  const page = wb.page.page + step;
  if (page >= 1 && page <= wb.total) wb.open(page);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/* Returns true where the key was one of ours. */
function pressed(wb, e) {
  if (wb.groups.shown) return wb.groups.pressed(e);
  const inField = e.composedPath()[0] === wb.desk.field, ctrl = e.ctrlKey || e.metaKey, key = e.key;
  if (!wb.desk.keys.hidden) {
    if (key === "Escape" || key === "?") { wb.desk.toggleKeys(); wb.focus(); return true; }
    if (key === "Tab") { wb.desk.keys.querySelector("button").focus(); return true; } // its only control
    return false;
  }
  if (key === "Escape" && wb.view.hands.cancel()) return true;
  if (key === "Alt") { wb.bare(true); return true; }
  if (e.altKey && (key === "ArrowUp" || key === "ArrowDown")) { stroll(wb, key === "ArrowUp" ? -1 : 1); return true; }
  if (e.altKey) return false;
  if (ctrl) return chord(wb, e, inField);
  if (key === "F3") { walk(wb, e.shiftKey ? -1 : 1); return true; }
  if (key === "PageUp" || key === "PageDown") { turnPage(wb, key === "PageUp" ? -1 : 1); return true; }
  if (wb.mode === "done") {
    if (key === "Enter" && e.composedPath()[0].tagName !== "BUTTON") { wb.proceed(); return true; }
    if (SIGNS[key]) return sign(wb, key);
    return false;
  }
  if (!inField) return false; // on a button: Tab, Enter and Space do what they always do
  return fieldKey(wb, e, key);
}

function fieldKey(wb, e, key) {
  if (key === "Tab") { walk(wb, e.shiftKey ? -1 : 1); return true; }
  if (key === "Enter") {
    if (wb.pendingU) { unsureNow(wb); return true; }
    wb.accept(); return true;
  }
  if (key === "Escape") {
    clearTimeout(wb.pendingU); wb.pendingU = null;
    if (wb.mode === "insert" || wb.editing()) wb.go(wb.id);
    else wb.desk.actions.querySelector("button").focus();
    return true;
  }
  if (key === "F2") { wb.forced = true; const f = wb.desk.field; f.setSelectionRange(f.value.length, f.value.length); return true; }
  if (wb.pendingU) { clearTimeout(wb.pendingU); wb.pendingU = null; return false; } // a letter follows: it was typing
  if (wb.mode === "insert" || wb.editing()) return false;
  if (key === " ") { wb.accept(); return true; }
  if (key >= "1" && key <= "9" && key.length === 1) return wb.take(Number(key) - 1);
  if (SIGNS[key]) return sign(wb, key);
  if (key === "u" || key === "U") {
    // shown as typed; "unsure" only if no letter follows, so that "under" can be typed like any word
    wb.pendingU = setTimeout(() => unsureNow(wb), PENDING_U);
    return false;
  }
  return false;
}

function unsureNow(wb) {
  clearTimeout(wb.pendingU); wb.pendingU = null;
  const field = wb.desk.field;
  if (field.value.toLowerCase() === "u" || field.value === wb.desk.shownText) { field.value = wb.desk.shownText; wb.unsure(); }
}

/* Signs that are commands while the field holds the word as it came. */
const SIGNS = { "+": "zoom-in", "-": "zoom-out", "0": "zoom-fit", "[": "turn-left", "]": "turn-right", "?": "keys" };

function sign(wb, key) {
  if (key === "?") wb.desk.toggleKeys(); else BUTTONS[SIGNS[key]](wb);
  return true;
}

function chord(wb, e, inField) {
  const key = e.key.toLowerCase(), free = !inField || !wb.editing();
  if (ARROWS[e.key] && free && wb.mode !== "done") { wb.nudge(...ARROWS[e.key], e.shiftKey); return true; }
  if (key === "z" && free) { wb.history(e.shiftKey ? "redo" : "undo"); return true; }
  if (key === "y" && free) { wb.history("redo"); return true; }
  if (key === "enter") { wb.approve(); return true; }
  if (key === "g") { wb.groups.open(); return true; }
  if (wb.mode === "insert") return false;
  if (key === "delete" && wb.slot) { wb.remove(); return true; }
  if (key === "i") { wb.insert(); return true; }
  if (key === "m" && wb.slot) { wb.merge(); return true; }
  if (key === "d" && wb.slot) { wb.split(); return true; }
  return false;
}

function wbListen(root, wb) {
  wb.desk.loupe.addEventListener("click", (e) => {
    const share = wb.loupeShare(e);
    if (e.ctrlKey || e.metaKey) wb.splitAt(share); else wb.focus();
  });
  root.addEventListener("keydown", (e) => {
    e.stopPropagation(); // Streamlit's own r and c would fire
    if (!["Shift", "Control", "Alt", "Meta"].includes(e.key)) wb.clock.keys++;
    if (e.isComposing || e.keyCode === 229 || !wb.page) return;
    wb.tick();
    const before = wb.id;
    if (pressed(wb, e)) {
      e.preventDefault();
      if (e.key !== "F2") wb.forced = false;
      if (wb.measure && wb.id !== before) wb.measure.moved(e.timeStamp);
    }
  });
  for (const name of ["keyup", "keypress"]) {
    root.addEventListener(name, (e) => { e.stopPropagation(); if (e.key === "Alt") { wb.bare(false); e.preventDefault(); } });
  }
  wb.unbare = () => wb.bare(false); // Alt+Tab: its keyup goes to another window
  window.addEventListener("blur", wb.unbare);
  root.addEventListener("click", (e) => {
    const button = e.target.closest("button");
    if (!button || !wb.page) { if (e.target.closest(".desk") && !e.target.closest("input")) wb.focus(); return; }
    const { action, candidate } = button.dataset;
    if (wb.groups.shown && wb.groups.clicked(button)) return;
    const { use, drop } = button.dataset;
    if (use !== undefined || drop !== undefined) { wb.setAside(Number(use || drop), use !== undefined); return; }
    if (candidate !== undefined) wb.take(Number(candidate));
    else if (action === "keys") { if (!wb.desk.toggleKeys()) wb.focus(); return; }
    else if (BUTTONS[action]) { wb.tick(); BUTTONS[action](wb); }
    if (action) wb.focus();
  });
}
