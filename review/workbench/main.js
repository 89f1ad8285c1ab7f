/* The workbench itself: which page and word are current, what comes back from the server, what is left.
   What a person can decide stands in deciding.js. Streamlit calls the default function at every rerun;
   the instance stays with its element. */

const PENDING_U = 400; // ms in which a letter after "u" makes it typing, not "unsure"
const IDLE = 60; // s without a key after which nobody is taken to be working

class Workbench extends Sharing {
  constructor(root) {
    super();
    this.root = root; this.wb = root.querySelector(".wb");
    this.server = new Server();
    this.desk = new DeskView(root);
    this.view = new PageView(root, {
      pick: (point, ctrl) => this.pick(point, ctrl), moved: (box, done) => this.dragged(box, done),
      drawn: (box, done) => this.drawn(box, done), drawing: () => this.mode === "insert" || this.drawing,
    });
    this.strip = new PageStrip(root, this.server, (page) => this.open(page));
    this.infos = new Map(); this.fetched = new Map(); this.slots = []; this.page = null; this.id = null; this.mode = "word";
    this.undos = []; this.redos = []; this.states = new Map(); this.order = "risk"; this.head = 0; this.approved = false;
    this.scope = "page"; this.pass = 0; this.held = null; this.blind = false; this.may = {}; this.others = []; this.pace = null; this.document = null;
    this.clock = { page: 0, session: 0, decisions: 0, last: 0, word: 0, keys: 0 };
    this.groups = new GroupView(root, this);
    wbListen(root, this);
    this.fit = () => this.wb.style.setProperty("--wb-height", `${Math.max(420, window.innerHeight - this.wb.getBoundingClientRect().top)}px`);
    this.leave = () => { if (this.outbox) { this.outbox.leave(); this.release(); } };
    window.addEventListener("resize", this.fit); window.addEventListener("pagehide", this.leave);
    this.refocus = () => { if (document.activeElement === document.body) this.focus(); };
    window.addEventListener("focus", this.refocus);
    this.dialogs = new MutationObserver(() => this.noDialog());
    this.dialogs.observe(document.body, { childList: true });
    this.fit();
  }

  close() {
    window.removeEventListener("resize", this.fit); window.removeEventListener("pagehide", this.leave); window.removeEventListener("focus", this.refocus);
    window.removeEventListener("blur", this.unbare);
    this.flushMove(); clearTimeout(this.poll); this.dialogs.disconnect();
    if (this.outbox) { this.outbox.close(); this.release(); }
    this.view.close(); this.strip.close(); this.groups.close();
  }

  /* Streamlit covers the page when its connection is gone. Work goes on here, so its dialog is closed
     again and the banner says what is the case. */
  noDialog() {
    const dialog = document.querySelector(".stDialog"), title = dialog && dialog.querySelector('h2[slot="title"]');
    if (!title || title.textContent !== "Connection error") return;
    dialog.style.visibility = "hidden";
    dialog.querySelector("button").click();
    this.offline = true;
    this.connection(); this.overview();
    const back = () => { if (document.querySelector(".stDialog")) requestAnimationFrame(back); else this.focus(); };
    requestAnimationFrame(back);
  }

  /* New data from the page: a first start, a fresh token, a page asked for, or decisions made elsewhere. */
  update(data, trigger) {
    this.trigger = trigger;
    const first = this.server.base !== data.base;
    this.server.base = data.base; this.server.token = data.token; this.server.language = WORDS[data.language] ? data.language : "en";
    document.documentElement.lang = this.server.language;
    if (WORDS_NOW !== (WORDS[data.language] || WORDS.en)) { WORDS_NOW = WORDS[data.language] || WORDS.en; this.desk.texts(); }
    requestAnimationFrame(this.fit);
    if (first) { this.start(data); return; }
    // a rerun of before the workbench moved on by itself still names the old document
    if (data.document !== this.document && data.asked !== this.asked) { this.asked = data.asked; this.begin(data); return; }
    if (this.outbox.denied) this.outbox.retry();
    if (data.asked && data.asked !== this.asked) { this.asked = data.asked; this.open(data.page); }
    else if (data.document === this.document && data.head > this.head && !this.outbox.size) this.reload();
  }

  async start(data) {
    this.asked = data.asked;
    if (this.outbox) this.outbox.close();
    this.outbox = new Outbox(this.server, {
      ack: (edit, ack, document) => this.acknowledged(edit, ack, document), refused: (edit, message) => this.refused(edit, message),
      denied: () => this.renew(), changed: () => this.connection(),
    });
    try { const scope = sessionStorage.getItem(`inkveil/scope/${data.base}`); if (SCOPES.includes(scope)) this.scope = scope; } catch { /* the page */ }
    await this.outbox.drain(); // what an earlier visit left behind comes first
    let place = {};
    try { place = JSON.parse(sessionStorage.getItem(`inkveil/place/${data.base}/${data.document}`)) || {}; } catch { /* none kept */ }
    this.begin({ ...data, page: data.asked ? data.page : place.page || data.page, id: data.asked ? null : place.id });
  }

  /* Another document of the project: its pages, its words. Decisions under way belong to theirs. */
  begin({ document, name, pages, page, id }) {
    this.document = this.server.document = document; this.total = pages; this.name = name;
    this.key = `inkveil/place/${this.server.base}/${document}`;
    this.infos.clear(); this.fetched.clear(); this.states.clear(); this.page = null; this.slots = []; this.head = 0; this.approved = false; this.blind = false;
    this.strip.reset();
    this.wb.classList.toggle("single", pages === 1);
    this.root.querySelector(".title").textContent = name;
    this.barTexts();
    this.overview();
    if (this.scope === "project") this.projectCounts();
    return this.open(page, id);
  }

  barTexts() {
    this.root.querySelector(".where").textContent = this.total > 1 && this.page ? t("page_of", { page: this.page.page, total: this.total }) : "";
    for (const action of ["zoom-in", "zoom-out", "turn-left", "turn-right", "keys"]) this.root.querySelector(`.bar [data-action="${action}"]`).setAttribute("aria-label", t(action));
    this.root.querySelector(".desk").setAttribute("aria-label", t("desk"));
    this.root.querySelector(".order").textContent = t(this.order === "risk" ? "order_risk" : "order_reading");
    this.root.querySelector(".scope").textContent = t(`scope_${this.scope}`);
  }

  /* -- pages ------------------------------------------------------------------------------------- */

  async overview() {
    clearTimeout(this.poll);
    const document = this.document;
    try {
      const all = await this.server.json("/overview");
      if (document !== this.document) return;
      this.blind = all.entry === "blind"; this.may = all.may; this.pace = all.pace;
      if (this.offline) { this.offline = false; this.connection(); if (this.outbox.size) this.outbox.retry(); }
      const stale = all.head < this.head || this.outbox.size; // asked before our last decision was stored
      for (const info of all.pages) {
        const own = (stale || (this.page && info.page === this.page.page)) && this.infos.get(info.page);
        this.infos.set(info.page, own ? { ...own, entry: info.entry, with: info.with } : info); // ours is newer
      }
      if (!stale) this.approved = all.approved;
      const unread = all.pages.some((p) => !p.read);
      this.poll = setTimeout(() => this.overview(), all.pending ? 300 : unread ? 4000 : 20000); // others work, too
      if (this.waiting && (this.infos.get(this.waiting) || {}).read) this.open(this.waiting);
    } catch (error) {
      if (!(error instanceof Refusal)) { this.offline = true; this.connection(); }
      this.poll = setTimeout(() => this.overview(), 2000);
    }
    if (this.mode === "done" && this.page && this.page.width && !this.held && !this.searching) this.finish(); else this.summary();
  }

  fetchPage(number) {
    if (!this.fetched.has(number)) {
      const words = this.server.json(this.server.words(number)), image = this.server.blob(`/pages/${number}/image`);
      image.catch(() => {});
      this.fetched.set(number, { words, image });
      words.catch(() => this.fetched.delete(number)); image.catch(() => this.fetched.delete(number));
      for (const key of this.fetched.keys()) if (this.fetched.size > 4 && key !== number) this.fetched.delete(key);
    }
    return this.fetched.get(number);
  }

  /* A page is fetched after what was decided on it has arrived, or its words would come as they were before. */
  async delivered(number) {
    const waits = () => this.outbox.items.some((item) => item.document === this.document && item.edit.page === number);
    if (!waits()) return;
    this.fetched.delete(number);
    for (let end = Date.now() + 3000; waits() && Date.now() < end; ) await new Promise((done) => setTimeout(done, 20));
  }

  async open(number, id) {
    this.flushMove();
    const turn = (this.turn = (this.turn || 0) + 1);
    if (this.page && this.problem === t("no_scan", { page: this.page.page })) this.problem = null;
    if (this.page && this.page.page !== number) this.release();
    if (this.page && this.page.page !== number) this.fetched.delete(this.page.page); // its words have changed since
    let words, image;
    const slow = setTimeout(() => this.desk.warn(t("loading", { page: number }), true), 400);
    try {
      await this.delivered(number);
      if (turn !== this.turn) { clearTimeout(slow); return; }
      const got = this.fetchPage(number);
      image = got.image;
      image.then((blob) => this.view.preview(number, blob, () => turn === this.turn && !words)).catch(() => {});
      words = await got.words;
    } catch (error) {
      clearTimeout(slow);
      if (turn !== this.turn) return;
      if (error instanceof Refusal && error.status === 404) {
        this.page = { page: number, slots: [] }; this.slots = []; this.id = null; this.waiting = number;
        if (this.view.seen !== number) this.view.open({ page: number }, t("page", { page: number })); // its scan follows
        this.desk.showDone(t("page", { page: number }), t("unread", { page: number }), ""); this.summary();
      } else if (error instanceof Refusal && (error.status === 401 || error.status === 403)) this.renew(error.message);
      else { this.offline = true; this.connection(); setTimeout(() => turn === this.turn && this.open(number, id), 1500); }
      return;
    }
    clearTimeout(slow);
    if (turn !== this.turn) return;
    this.waiting = null; this.offline = false;
    this.clock.page = 0;
    this.view.open(words);
    this.adopt(words);
    try { this.view.spin = Number(sessionStorage.getItem(`inkveil/turn/${this.document}`)) || 0; } catch { /* upright */ }
    this.view.upright(this.slots);
    this.view.setZoom(this.view.zoom);
    const start = this.slots.find((s) => s.id === id) || this.inPass(this.queue())[0];
    this.go(start ? start.id : null);
    this.barTexts(); this.connection();
    this.lease();
    await this.scan(number, image, turn);
  }

  /* The page's scan, asked for until it comes: nobody settles words whose ink is not shown. */
  async scan(number, image, turn) {
    for (;;) {
      try {
        await this.view.scan(await image);
        if (turn !== this.turn) return;
        if (this.problem === t("no_scan", { page: number })) { this.problem = null; this.connection(); }
        this.drawLoupe();
        return;
      } catch (error) {
        this.fetched.delete(number);
        if (turn !== this.turn) return;
        if (error instanceof Refusal && (error.status === 401 || error.status === 403)) this.renew();
        else { this.problem = t("no_scan", { page: number }); this.connection(); }
        await new Promise((done) => setTimeout(done, 1500));
        if (turn !== this.turn) return;
        image = this.server.blob(`/pages/${number}/image`, { cache: "reload" });
      }
    }
  }

  reload() {
    if (!this.page) return;
    this.fetched.delete(this.page.page);
    this.server.json(this.server.words(this.page.page)).then((words) => {
      if (!this.page || words.page !== this.page.page) return;
      if (this.outbox.size) { this.reloadLater = true; return; }
      if (words.head < this.head) { this.reload(); return; } // a decision of ours was stored in the meantime
      const from = this.position(), wanted = from.slot && flagged(from.slot), typing = this.touched();
      this.adopt(words);
      const now = this.slot, stay = now && (typing || !wanted || flagged(now)); // else somebody has decided on it
      const next = stay ? now : this.neighbour(from.slot ? from : null, 1);
      this.go(next && next.id, stay && typing);
    }).catch(() => {});
    this.overview();
  }

  /* The server's state of a page becomes ours. */
  adopt(words) {
    this.page = words; this.slots = words.slots; this.head = Math.max(this.head, words.head);
    for (const entry of [...this.undos, ...this.redos]) entry.slots = null;
    const failed = (words.failures || []).filter((f) => !words.engines.includes(f.engine));
    this.view.upright(this.slots);
    this.view.problems(failed.map((f) => `${shortName(f.engine)}: ${f.message}`).join(" "));
    this.view.notes((words.notes || []).join(" "));
    this.draw();
  }

  info() {
    let left = 0, decided = 0, corrected = 0, unsure = 0, expected = 0;
    const passes = new Array(PASSES).fill(0);
    for (const slot of this.slots) {
      if (slot.status === "open" || slot.status === "contested") expected += slot.expected; else if (slot.status === "unsure") unsure++; else decided++;
      if (slot.status === "corrected" || slot.status === "inserted") corrected++;
      if (!this.page.approved && flagged(slot)) { left++; passes[slot.rank]++; }
    }
    const { entry, with: other } = this.infos.get(this.page.page) || {};
    return { page: this.page.page, read: true, entry, with: other, slots: this.slots.length, left, passes, decided, corrected, unsure, expected, approved: this.page.approved };
  }

  /* -- where we are ------------------------------------------------------------------------------ */

  rank(slot) { return this.order === "risk" ? slot.rank : 0; }

  /* The page's flagged words as they are visited, in passes (review/queue.py), each in reading order. */
  queue() {
    const all = this.slots.map((slot, index) => [this.rank(slot), index, slot]).filter((row) => flagged(row[2]));
    return all.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((row) => row[2]);
  }

  get slot() { return this.slots.find((s) => s.id === this.id) || null; }

  /* The flagged word after (or before) a place in the queue's order; round the corner to the other end. */
  neighbour(from, step) {
    const queue = this.inPass(this.queue()).filter((s) => s.id !== (from && from.slot.id));
    if (!queue.length) return null;
    if (!from) return queue[0];
    const key = (slot) => [this.rank(slot), this.slots.indexOf(slot)], here = [this.rank(from.slot), from.index];
    const compare = (a) => a[0] - here[0] || a[1] - here[1];
    const beyond = queue.filter((s) => (step > 0 ? compare(key(s)) >= 0 : compare(key(s)) < 0));
    if (step > 0) return beyond[0] || queue[0];
    return beyond[beyond.length - 1] || queue[queue.length - 1];
  }

  position() { return { slot: this.slot, index: this.slots.indexOf(this.slot) }; }

  go(id, keepTyping) {
    this.mode = "word"; this.confirm = false;
    clearTimeout(this.pendingU); this.pendingU = null;
    this.id = id || null;
    this.clock.word = 0; this.clock.keys = 0;
    const slot = this.slot;
    if (this.closed || !slot) { this.finish(); return; }
    this.held = null;
    this.view.current(slot.quad);
    if (!keepTyping) this.desk.show(slot, this.slots.indexOf(slot) + 1, this.slots.length);
    this.desk.mark(this.states.get(slot.id));
    this.drawLoupe();
    this.focus();
    this.desk.announceWord(slot, this.slots.indexOf(slot) + 1, this.slots.length);
    this.summary(); this.prefetch();
    try { sessionStorage.setItem(this.key, JSON.stringify({ page: this.page.page, id: this.id })); } catch { /* not kept */ }
  }

  /* The bare image: no marks on the page, no frame in the crop. */
  bare(on) { if (this.wb.classList.contains("bare") !== on) { this.wb.classList.toggle("bare", on); if (this.page) this.drawLoupe(); } }

  turnView(by) {
    this.view.rotate(by);
    try { sessionStorage.setItem(`inkveil/turn/${this.document}`, this.view.spin); } catch { /* for this page only */ }
  }

  /* How far along the current word a click in the crop is, 0..1. */
  loupeShare(e) {
    const slot = this.slot, canvas = this.desk.loupe, r = canvas.getBoundingClientRect();
    if (!slot || !this.view.loupeScale) return -1;
    const q = slot.quad, along = slot.vertical ? Math.hypot(q[6] - q[0], q[7] - q[1]) : Math.hypot(q[2] - q[0], q[3] - q[1]);
    const from = slot.vertical ? e.clientY - r.top - r.height / 2 : e.clientX - r.left - r.width / 2;
    return from / (along * this.view.loupeScale) + 0.5;
  }

  drawLoupe() {
    const slot = this.mode === "insert" ? this.fresh : this.slot;
    this.view.loupe(this.desk.loupe, slot && slot.quad, Boolean(slot && slot.vertical));
  }

  /* Nothing is left on the page (in this pass): what was done, and what Enter does next. */
  finish() {
    this.mode = "done"; this.id = null;
    this.view.current(null);
    this.drawLoupe();
    if (this.scope !== "page" && !this.closed && this.pass < PASSES - 1 && !this.searching) { // more in the document or project
      this.searching = true;
      this.advance().finally(() => { this.searching = false; });
      return;
    }
    const info = this.info(), words = info.decided + info.unsure;
    const next = this.following();
    const parts = words ? [t("done_words", { words, corrected: info.corrected, time: duration(this.clock.page) })] : [];
    if (info.unsure) parts.push(t("done_unsure", { unsure: info.unsure }));
    let title = words ? "page_done" : "page_clean";
    if (info.approved) title = next ? "page_approved" : this.approved ? "document_approved" : "document_done";
    if (this.closed) title = this.entry === "taken" ? "entry_taken" : "entry_handed_in";
    this.desk.showDone(t(title, { page: this.page.page }), parts.join("; "), this.proceedText(info, next));
    this.focus();
    this.summary();
  }

  proceedText(info, next) {
    if (this.closed) return next ? t("go_next", { page: next }) : "";
    if (this.handsIn) return next ? t("hand_in_next", { page: next }) : t("hand_in");
    if (!info.approved) return next ? t("go_page", { page: next }) : t("go_finish");
    if (next) return t("go_next", { page: next });
    if (this.approved) return t("go_redact");
    return this.may.approve === false ? "" : t("go_document");
  }

  /* The next page that still wants somebody; pages not approved come before the document's end. */
  following() {
    const wants = (p) => {
      const info = this.infos.get(p);
      return !info || (info.read && !info.approved && !info.with && info.entry !== "handed_in" && info.entry !== "taken");
    };
    for (let step = 1; step < this.total; step++) {
      const number = ((this.page.page - 1 + step) % this.total) + 1;
      if (wants(number)) return number;
    }
    return null;
  }

  proceed() {
    const next = this.following();
    if (this.held || this.closed) { if (next) this.open(next); return; }
    if (!this.page.approved) {
      this.approveNow();
      if (next) this.open(next); else this.finish();
    } else if (next) this.open(next);
    else if (!this.approved) { if (this.may.approve !== false) { this.edit("approve_document", {}, { stay: true }); this.finish(); } }
    else this.trigger("leave", { to: "redact", at: Date.now() });
  }

  /* The page is done: approved, or in blind entry handed in. */
  approveNow() {
    if (!this.handsIn) { this.edit("approve_page", {}, { stay: true }); return; }
    this.edit("submit_page", {}, { stay: true });
    this.infos.set(this.page.page, { ...this.info(), entry: "handed_in" });
  }

  prefetch() {
    if (this.info().left > 5) return;
    const next = this.following();
    if (next) this.fetchPage(next);
  }

  /* A click on the page: that word; with Ctrl the current word is merged with it, where it is its neighbour. */
  pick([x, y], ctrl) {
    const inside = (slot, pad) => { const b = bounds(slot); return x >= b[0] - pad && x <= b[2] + pad && y >= b[1] - pad && y <= b[3] + pad; };
    const hit = this.slots.find((s) => inside(s, 0)) || this.slots.find((s) => inside(s, 6));
    if (hit && ctrl && this.mode === "word") { this.mergeWith(hit); return; }
    if (hit) { this.flushMove(); this.go(hit.id); } else this.focus();
  }

  focus() {
    if (!this.desk.keys.hidden) return;
    if (this.mode === "done") {
      const at = [this.desk.proceed, this.desk.second].find((button) => !button.hidden) || this.view.pane; // keys need a place
      at.focus({ preventScroll: true });
      return;
    }
    this.desk.field.focus({ preventScroll: true });
    if (!this.touched()) this.desk.field.select();
  }

  touched() { return this.mode !== "done" && this.desk.field.value !== this.desk.shownText; }

  /* Typing has begun, or the caret was placed: digits, Space and U are text now. */
  editing() {
    const f = this.desk.field;
    return this.touched() || f.selectionStart !== 0 || f.selectionEnd !== f.value.length || this.forced;
  }

  /* -- what comes back --------------------------------------------------------------------------- */

  acknowledged(edit, ack, document) {
    if (this.measure) this.measure.stored(edit.key);
    if (document !== this.document) { if (ack.page && (edit.kind === "undo" || edit.kind === "redo")) this.elsewhere(document, ack.page.page); return; }
    const ids = touches(edit);
    for (const id of ids) if (ack.contested) this.states.delete(id); else this.states.set(id, "stored");
    if (ack.contested) {
      this.undos = this.undos.filter((entry) => entry.key !== edit.key);
      this.problem = t("contested", { page: edit.page }); setTimeout(() => { this.problem = null; this.connection(); }, 10000);
    }
    for (const slot of this.slots) if (ids.includes(slot.id)) slot.seen = ack.seq;
    const others = this.head && ack.seq > this.head + 1;
    this.head = Math.max(this.head, ack.seq);
    if (ack.page && this.outbox.size && edit.kind !== "undo" && edit.kind !== "redo") this.reloadLater = true;
    else if (ack.page) this.arrived(ack.page, edit);
    else if (others && !this.outbox.size && !this.touched()) this.reload();
    if (this.page) {
      this.draw();
      if (this.slot && this.mode === "word") this.desk.mark(this.states.get(this.id));
    }
  }

  /* The page after an undo or redo. Ours is newer while more is on its way. */
  arrived(words, edit) {
    if (this.outbox.size) return;
    if (this.page && words.page === this.page.page) {
      const same = words.slots.length === this.slots.length && words.approved === this.page.approved &&
        words.slots.every((s, i) => s.id === this.slots[i].id && s.text === this.slots[i].text && s.status === this.slots[i].status);
      if (same) return;
      const changed = words.slots.find((s, i) => !this.slots.some((o) => o.id === s.id && o.text === s.text && o.status === s.status));
      this.adopt(words);
      if (edit.kind !== "undo" && edit.kind !== "redo") { if (!this.touched() && this.mode === "done") this.go((this.inPass(this.queue())[0] || {}).id); return; }
      this.go(changed ? changed.id : this.slots.some((s) => s.id === this.id) ? this.id : (this.queue()[0] || {}).id);
    } else if (edit.kind === "undo" || edit.kind === "redo") this.open(words.page);
  }

  /* A decision on another document of the project was taken back or brought back: it is shown there. */
  elsewhere(document, page) {
    const known = this.others.find((d) => d.document === document);
    if (known) this.switchDocument({ document, name: known.name, pages: known.pages, page });
  }

  refused(edit, message) {
    if (edit.kind === "undo" || edit.kind === "redo") this.tell(message);
    else { this.problem = t("refused", { message }); setTimeout(() => { this.problem = null; this.connection(); }, 8000); }
    for (const id of touches(edit)) this.states.delete(id);
    this.undos = this.undos.filter((entry) => entry.key !== edit.key);
    if (!this.outbox.size) this.reload(); else this.reloadLater = true;
    this.connection();
  }

  /* The token is no longer valid: the page is asked for another one. */
  renew() {
    if (!this.asking || Date.now() - this.asking > 10000) { this.asking = Date.now(); this.trigger("renew", Date.now()); }
    this.connection();
  }

  connection() {
    const box = this.outbox;
    if (!box) return;
    if (!box.size && this.reloadLater) { this.reloadLater = false; this.reload(); }
    this.desk.showAside(box.aside);
    if (this.problem) this.desk.warn(this.problem);
    else if (box.denied) this.desk.warn(t("renew", { n: box.size }));
    else if (!box.online || this.offline) this.desk.warn(box.size === 1 ? t("offline_one") : box.size ? t("offline", { n: box.size }) : t("offline_none"));
    else this.desk.warn(this.note, true);
  }

  /* A short remark that goes with the next key. */
  tell(text) { this.note = text; this.desk.announce(text); this.connection(); }

  tick() {
    const now = performance.now() / 1000, gap = Math.min(now - (this.clock.last || now), IDLE);
    if (this.clock.last && now - this.clock.last > LEASE_AGAIN) this.lease();
    this.clock.last = now; this.clock.page += gap; this.clock.session += gap; this.clock.word += gap;
    if (this.note) { this.note = null; this.connection(); }
  }

  summary() {
    if (!this.page) return;
    if (this.page.width) this.infos.set(this.page.page, this.info());
    let all = 0, expected = 0;
    for (const info of this.infos.values()) { all += info.left || 0; expected += info.expected || 0; }
    const info = this.infos.get(this.page.page) || { left: 0 };
    let project = all, errors = expected;
    for (const other of this.others) { project += other.left; errors += other.expected; }
    const whole = this.scope === "project", count = whole ? project : all;
    const own = this.clock.decisions >= 5 ? this.clock.session / this.clock.decisions : this.pace || 4;
    const pace = Math.min(Math.max(own, 1), 20);
    const time = count * pace < 60 ? t("seconds", { n: Math.round(count * pace) }) : t("minutes", { n: Math.round((count * pace) / 60) });
    this.desk.approve.disabled = !this.page.width || Boolean(this.held) || this.closed;
    const values = { left: info.left, all, project, time, errors: Math.round(whole ? errors : expected) };
    this.desk.counts.textContent = !this.page.width ? "" : t(!count ? "left_none" : whole ? "left_project" : "left", values);
    let label = this.page.approved ? t("reopen_page", { page: this.page.page })
      : this.confirm ? t(this.handsIn ? "hand_in_left" : "approve_page_left", { left: info.left, page: this.page.page })
        : t(this.handsIn ? "hand_in" : "approve_page", { page: this.page.page });
    if (this.closed) label = t(this.entry === "taken" ? "entry_taken" : "entry_handed_in", { page: this.page.page });
    this.desk.approve.replaceChildren(label, Object.assign(document.createElement("kbd"), { textContent: "Ctrl+Enter" }));
    this.strip.show(this.total, this.infos, this.page.page);
  }
}

/* Ids of the words that an edit changes. */
function touches(edit) {
  const p = edit.payload || {};
  return [...(p.parts || []).map((part) => part.slot), ...(p.slot ? [p.slot] : [])];
}

const benches = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let bench = benches.get(parentElement);
  if (!bench || bench.gone) {
    bench = new Workbench(parentElement);
    benches.set(parentElement, bench);
    parentElement.workbench = bench;
  }
  if (data) bench.update(data, setTriggerValue);
  return () => {
    // Streamlit may only be drawing anew: give up the instance when its element has left the page.
    setTimeout(() => {
      const host = parentElement.host || parentElement;
      if (!host.isConnected) { bench.gone = true; bench.close(); }
    }, 0);
  };
}
