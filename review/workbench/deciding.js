/* What a person can decide on a word or page: each applies at once here, goes to the outbox, and moves on.
   The workbench (main.js) is built on this class and gives it its page, words and views. */

class Deciding {
  /* Applies a decision here at once, keeps it for the server, and moves on unless told to stay. */
  edit(kind, payload, { stay = false, to = null, step = 1 } = {}) {
    this.flushMove();
    if (this.held) { this.showHeld(); return; }
    const before = this.slots, from = this.position(), seen = from.slot ? from.slot.seen : 0;
    const edit = { kind, page: this.page.page, key: token("k"), payload, seen };
    if (!kind.endsWith("_page") && !kind.endsWith("_document")) Object.assign(edit, this.took());
    this.undos.push({ ...this.moment(before), key: edit.key });
    this.redos = [];
    this.slots = applied(before, edit);
    if (kind === "approve_page" || kind === "reopen_page") this.page.approved = kind === "approve_page";
    if (kind === "approve_document" || kind === "reopen_document") this.approved = kind === "approve_document";
    for (const id of touches(edit)) this.states.set(id, "way");
    this.clock.decisions++;
    this.send(edit);
    if (kind !== "move") this.draw();
    if (stay) { if (to) this.go(to); else this.summary(); return; }
    const next = this.neighbour(from.slot ? from : null, step);
    this.go(next && next.id);
  }

  /* What an undo or redo brings back here at once; the server's answer confirms it. */
  moment(slots) { return { document: this.document, page: this.page.page, slots, id: this.id, approved: this.page.approved, all: this.approved }; }

  /* What the word took: ms on the desk, without the time that nobody was there, and keys pressed. */
  took() { return { ms: Math.round(this.clock.word * 1000), keys: this.clock.keys }; }

  send(edit, document = this.document) {
    if (this.measure) this.measure.sent(edit.key);
    this.outbox.add(document, edit);
    this.connection();
  }

  draw() { this.view.marks(this.slots, (id) => this.states.get(id)); }

  place(slot) { return { slot: slot.id, box: bounds(slot).map(tenth) }; }

  accept() {
    const slot = this.slot, text = this.desk.field.value.trim();
    if (this.mode === "insert") { this.insertNow(text); return; }
    if (!slot) return;
    if (text === slot.text) this.edit("accept", { ...this.place(slot), text });
    else if (!text) this.edit("delete", { ...this.place(slot), before: slot.text });
    else { this.edit("correct", { ...this.place(slot), text, before: slot.text }); this.groups.offer(slot.text, text); }
  }

  take(index) {
    const slot = this.slot, candidate = slot && slot.candidates[index];
    if (!candidate) return false;
    const text = candidate[0].trim();
    if (text === slot.text) this.edit("accept", { ...this.place(slot), text });
    else if (text) { this.edit("correct", { ...this.place(slot), text, before: slot.text }); this.groups.offer(slot.text, text); }
    else this.edit("delete", { ...this.place(slot), before: slot.text });
    return true;
  }

  unsure() { const slot = this.slot; if (slot) this.edit("unsure", { ...this.place(slot), text: slot.text }); }

  remove() { const slot = this.slot; if (slot) this.edit("delete", { ...this.place(slot), before: slot.text }); }

  merge() {
    const slot = this.slot;
    this.mergePair(slot, this.slots[this.slots.indexOf(slot) + 1]);
  }

  /* The word before or after the current one is joined with it; any other is only gone to. */
  mergeWith(other) {
    const at = this.slots.indexOf(this.slot), to = this.slots.indexOf(other);
    if (to === at + 1) this.mergePair(this.slot, other);
    else if (to === at - 1 && at > 0) { this.go(other.id); this.mergePair(other, this.slots[at]); }
    else this.go(other.id);
  }

  mergePair(slot, next) {
    if (!slot || !next) { this.tell(t("merge_last")); return; }
    const id = token("m-"), text = joined(this.desk.field.value.trim() || slot.text, next.text);
    if (!text) { this.tell(t("merge_last")); return; }
    const boxes = [bounds(slot).map(tenth), bounds(next).map(tenth)];
    this.edit("merge", { slots: [slot.id, next.id], boxes, slot: id, box: union(...boxes), text }, { stay: true, to: id });
  }

  split() {
    const slot = this.slot, f = this.desk.field, text = f.value;
    if (!slot) return;
    let cut = f.selectionStart === f.selectionEnd ? f.selectionStart : 0;
    if (!text.slice(0, cut).trim() || !text.slice(cut).trim()) cut = text.trim().indexOf(" ");
    if (cut <= 0) { this.tell(t("split_where")); f.setSelectionRange(f.value.length, f.value.length); return; }
    const made = parts(slot, text, cut);
    this.edit("split", { ...this.place(slot), parts: made }, { stay: true, to: made[0].slot });
  }

  insert() {
    if (!this.page.width) return;
    const slot = this.slot, next = this.slots[this.slots.indexOf(slot) + 1];
    const box = roomAfter(slot, next, this.page.width, this.page.height);
    this.flushMove();
    this.mode = "insert";
    this.fresh = { id: token("i-"), quad: slot ? refit(slot, box) : quadOf(box), vertical: Boolean(slot && slot.vertical) };
    this.desk.showInsert(slot); this.view.current(this.fresh.quad, true); this.drawLoupe(); this.focus();
    this.desk.announce(this.desk.label.textContent);
  }

  insertNow(text) {
    if (!text) { this.go(this.id); return; }
    const after = this.fresh.drawn ? null : this.slot, fresh = this.fresh;
    this.mode = "word";
    this.edit("insert", { slot: fresh.id, box: bounds(fresh).map(tenth), text, after: after ? after.id : null }, { stay: true, to: fresh.id });
  }

  /* A box drawn on the page for a word that nobody read; its place says where it is read. null: given up. */
  drawn(box, done) {
    if (this.held || this.closed || !this.page || !this.page.width) return;
    this.drawing = false;
    if (!box) { if (this.mode === "insert") this.go(this.id); return; }
    if (this.mode !== "insert" || !this.fresh.drawn) {
      this.flushMove();
      this.mode = "insert";
      this.fresh = { id: token("i-"), drawn: true };
      this.desk.showInsert(null);
    }
    const like = this.slots[nearest(this.slots, box)];
    this.fresh.quad = like ? refit(like, box) : quadOf(box); this.fresh.vertical = Boolean(like && like.vertical);
    this.view.current(this.fresh.quad, true, true); this.drawLoupe();
    if (done) { this.desk.direction(this.fresh.vertical); this.focus(); this.desk.announce(this.desk.label.textContent); }
  }

  startDrawing() {
    if (this.held || this.closed || !this.page || !this.page.width) return;
    this.drawing = true; this.tell(t("draw_hint"));
  }

  /* The current frame follows the mouse; letting go is the decision. */
  dragged(box, done) {
    const target = this.mode === "insert" ? this.fresh : this.slot;
    if (!target || this.held) return;
    if (this.mode === "insert") this.fresh = { ...this.fresh, quad: refit(this.fresh, box) };
    else {
      clearTimeout(this.moveTimer);
      this.moving = this.moving || { slots: this.slots, before: bounds(target).map(tenth), id: target.id };
      this.slots = this.slots.map((s) => (s.id === target.id ? { ...s, quad: refit(s, box) } : s));
      if (done) this.flushMove();
    }
    this.view.current((this.mode === "insert" ? this.fresh : this.slot).quad, this.mode === "insert", true);
    if (done) { this.draw(); this.drawLoupe(); this.focus(); }
  }

  /* A click in the crop: the word is split there. `share`: how far along the word, 0..1. */
  splitAt(share) {
    const f = this.desk.field, slot = this.slot;
    if (!slot || this.mode !== "word" || share <= 0 || share >= 1) return;
    const cut = Math.min(Math.max(Math.round(share * f.value.length), 1), f.value.length - 1);
    if (cut < 1) return;
    f.setSelectionRange(cut, cut);
    this.split();
  }

  /* The box moves at once; the decision is made when the keys rest or something else is done. */
  nudge(dx, dy, resize) {
    const target = this.mode === "insert" ? this.fresh : this.slot;
    if (!target) return;
    const b = bounds(target);
    const step = Math.max(1, Math.round(2 / this.view.scale)), [x, y] = this.view.direction(dx * step, dy * step), box = bounds(target);
    const [right, down] = this.view.direction(1, 1); // whether the page image's axes run with the screen's
    if (!resize || right > 0) box[2] += x;
    if (!resize || right < 0) box[0] += x;
    if (!resize || down > 0) box[3] += y;
    if (!resize || down < 0) box[1] += y;
    if (box[0] < 0 || box[1] < 0 || box[2] > this.page.width || box[3] > this.page.height || box[2] - box[0] < 4 || box[3] - box[1] < 4) return;
    if (this.mode === "insert") this.fresh = { ...this.fresh, quad: refit(this.fresh, box) };
    else {
      this.moving = this.moving || { slots: this.slots, before: b.map(tenth), id: target.id };
      this.slots = this.slots.map((s) => (s.id === target.id ? { ...s, quad: refit(s, box) } : s));
      clearTimeout(this.moveTimer);
      this.moveTimer = setTimeout(() => this.flushMove(), 700);
      this.draw();
    }
    this.view.current((this.mode === "insert" ? this.fresh : this.slot).quad, this.mode === "insert"); this.drawLoupe();
  }

  flushMove() {
    const moving = this.moving;
    if (!moving) return;
    this.moving = null; clearTimeout(this.moveTimer);
    const slot = this.slots.find((s) => s.id === moving.id), moved = this.slots;
    this.slots = moving.slots;
    if (bounds(slot).map(tenth).join() === moving.before.join()) { this.draw(); return; } // back where it was
    this.edit("move", { slot: moving.id, box: bounds(slot).map(tenth), before: moving.before }, { stay: true });
    this.slots = moved; this.draw();
  }

  /* A group of words, on any pages of the document: {page, id, box, text (as it reads), to, seen}. */
  decideGroup(items) {
    const took = this.took(), share = { ms: Math.round(took.ms / items.length), keys: Math.round(took.keys / items.length) };
    const edits = items.map(({ page, id, box, text, to, seen }) => {
      const place = { slot: id, box };
      const [kind, payload] = to === text ? ["accept", { ...place, text }] : to ? ["correct", { ...place, text: to, before: text }] : ["delete", { ...place, before: text }];
      return { kind, page, key: token("k"), payload, seen, ...share };
    });
    this.undos.push({ ...this.moment(null), key: edits[0].key, more: edits.map((edit) => edit.key) });
    this.redos = [];
    this.clock.decisions += edits.length; this.clock.word = 0; this.clock.keys = 0;
    for (const edit of edits) {
      if (edit.page === this.page.page) { this.slots = applied(this.slots, edit); this.states.set(edit.payload.slot, "way"); }
      this.fetched.delete(edit.page);
      this.send(edit);
    }
    this.draw();
    const now = this.slot, next = now && flagged(now) ? now : this.neighbour(now ? this.position() : null, 1);
    this.go(next && next.id);
    this.overview();
  }

  history(kind) {
    this.flushMove();
    const [from, to] = kind === "undo" ? [this.undos, this.redos] : [this.redos, this.undos];
    const entry = from.pop();
    const edit = { kind, page: this.page.page, key: token("k"), payload: {} };
    if (!entry) { this.send(edit); return; }
    const here = entry.document === this.document && entry.page === this.page.page;
    to.push({ ...this.moment(here && entry.slots ? this.slots : null), document: entry.document, page: entry.page, key: entry.key, more: entry.more });
    if (here && entry.slots) {
      this.slots = entry.slots; this.page.approved = entry.approved; this.approved = entry.all;
      this.draw(); this.go(entry.id);
    }
    // a group is one step: its decisions are taken back together, the last one first
    const keys = entry.more || [entry.key];
    for (const key of kind === "undo" ? [...keys].reverse() : keys) this.send({ ...edit, key: token("k"), target_key: key }, entry.document);
  }

  approve() {
    if (!this.page || !this.page.width || this.held || this.closed) return;
    if (this.page.approved) {
      if (this.approved) this.edit("reopen_document", {}, { stay: true });
      this.edit("reopen_page", {}, { stay: true });
      const first = this.queue()[0];
      this.go(first && first.id);
      return;
    }
    const left = this.info().left;
    if (left && !this.confirm) { this.confirm = true; this.summary(); return; }
    this.confirm = false;
    this.approveNow();
    this.finish();
  }
}
