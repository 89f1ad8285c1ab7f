/* Group verification: up to sixty crops that share a reading on one screen. Enter confirms all of them, typing
   on one mends it, one can be left out. After a correction the words elsewhere that read as the old text did
   are offered with the new one. */

class GroupView {
  constructor(root, bench) {
    this.bench = bench; this.box = root.querySelector(".groups"); this.shown = false; this.offered = null; this.urls = [];
    this.cells = []; this.list = []; this.at = 0;
  }

  close() { this.urls.forEach((url) => URL.revokeObjectURL(url)); this.urls = []; clearTimeout(this.timer); }

  /* After a correction: are there more words that read like that? Asked for while the reviewer goes on. */
  offer(before, text) {
    clearTimeout(this.timer);
    if (!before || before === text) return;
    this.timer = setTimeout(async () => {
      try {
        await this.bench.outbox.drain();
        const { items } = await this.bench.server.json(`/groups?alike=${encodeURIComponent(before)}`);
        if (!items.length) return;
        this.offered = { text, items };
        this.bench.tell(t(items.length === 1 ? "alike_one" : "alike", { n: items.length, before, text }));
      } catch { /* only an offer */ }
    }, 250);
  }

  async open() {
    const { bench } = this;
    if (!bench.page || !bench.page.width || bench.held || bench.closed) return;
    bench.flushMove();
    const offered = this.offered;
    this.offered = null;
    try {
      await bench.outbox.drain();
      this.list = (await bench.server.json("/groups")).groups;
    } catch { bench.tell(t("groups_offline")); return; }
    if (offered) this.show(offered.items, offered.text, t("group_alike", { text: offered.text }));
    else if (this.list.length) await this.group(0);
    else bench.tell(t("groups_none"));
  }

  /* The group at that place of the list, round the corner. */
  async group(at) {
    this.at = (at + this.list.length) % this.list.length;
    const { text, count } = this.list[this.at];
    let items;
    try { ({ items } = await this.bench.server.json(`/groups?text=${encodeURIComponent(text)}`)); } catch { this.bench.tell(t("groups_offline")); return; }
    this.show(items, null, t(items.length < count ? "group_some" : "group_title", { text, n: items.length, count }));
  }

  show(items, proposed, title) {
    this.close();
    this.shown = true; this.box.hidden = false;
    const make = (tag, className, text) => Object.assign(document.createElement(tag), { className: className || "", textContent: text || "" });
    const head = make("header"), h = make("h2", "", title), hint = make("p", "hint", t("group_hint")), grid = make("div", "grid"), foot = make("footer");
    h.id = "wb-group-title"; this.box.setAttribute("aria-labelledby", h.id);
    head.append(h, hint);
    this.cells = items.map((item, index) => {
      const cell = make("div", "cell"), img = new Image(), row = make("div", "entry"), input = make("input"), out = make("button", "out", "−");
      img.alt = t("group_crop", { page: item.page }); img.className = item.vertical ? "tall" : "";
      input.value = proposed === null ? item.text : proposed; input.type = "text"; input.spellcheck = false; input.autocomplete = "off";
      input.setAttribute("aria-label", t("group_field", { n: index + 1, count: items.length, page: item.page }));
      out.type = "button"; out.dataset.out = index; out.title = t("group_out"); out.setAttribute("aria-label", t("group_out")); out.setAttribute("aria-pressed", "false");
      row.append(input, out); cell.append(img, row); grid.append(cell);
      return { item, cell, img, input, out, start: input.value, left: false };
    });
    for (const [name, text, key] of [["confirm", t("group_confirm", { n: items.length }), "Enter"], ["next-group", t("group_next"), "PgDn"], ["close-groups", t("close"), "Esc"]]) {
      const button = make("button", name === "confirm" ? "primary" : "", text);
      button.type = "button"; button.dataset.group = name; button.append(make("kbd", "", key));
      button.hidden = name === "next-group" && this.list.length < 2;
      foot.append(button);
    }
    this.box.replaceChildren(Object.assign(make("div", "panel"), {}));
    this.box.firstChild.append(head, grid, foot);
    this.focus(0);
    this.bench.desk.announce(`${title}. ${t("group_hint")}`);
    this.crops();
  }

  /* Crops come page by page, a few at a time, so that the server opens each page once. */
  async crops() {
    const turn = (this.turn = (this.turn || 0) + 1), waiting = [...this.cells].sort((a, b) => a.item.page - b.item.page);
    const work = async () => {
      for (let cell = waiting.shift(); cell && turn === this.turn; cell = waiting.shift()) {
        try {
          const blob = await this.bench.server.blob(`/pages/${cell.item.page}/crop?box=${cell.item.box.join(",")}&height=${cell.item.vertical ? 200 : 80}`);
          if (turn !== this.turn) return;
          const url = URL.createObjectURL(blob);
          this.urls.push(url); cell.img.src = url;
        } catch { cell.img.alt = t("group_no_crop"); }
      }
    };
    await Promise.all([work(), work(), work(), work()]);
  }

  hide() { this.close(); this.turn = (this.turn || 0) + 1; this.shown = false; this.box.hidden = true; this.box.replaceChildren(); this.cells = []; this.bench.focus(); }

  focus(index) {
    const cell = this.cells[index];
    if (!cell) return;
    cell.input.focus(); cell.input.select();
    cell.cell.scrollIntoView({ block: "nearest" });
  }

  leaveOut(index) {
    const cell = this.cells[index];
    cell.left = !cell.left;
    cell.cell.classList.toggle("left", cell.left); cell.out.setAttribute("aria-pressed", String(cell.left));
    cell.out.textContent = cell.left ? "+" : "−";
    const n = this.cells.filter((c) => !c.left).length;
    this.box.querySelector('[data-group="confirm"]').firstChild.textContent = t("group_confirm", { n });
  }

  /* The cell above, below or beside, by where the cells stand. */
  step(index, key) {
    const columns = Math.max(1, this.cells.findIndex((c) => c.cell.offsetTop > this.cells[0].cell.offsetTop));
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    this.focus(Math.min(Math.max(index + by, 0), this.cells.length - 1));
  }

  /* Keys while the groups are open. True where the key was ours. */
  pressed(e) {
    const { key } = e, at = this.cells.findIndex((c) => c.input === e.composedPath()[0]), cell = this.cells[at];
    if (key === "Escape") {
      if (cell && cell.input.value !== cell.start) { cell.input.value = cell.start; cell.input.select(); } else this.hide();
      return true;
    }
    if (key === "Tab") return this.keepFocus(e);
    if (key === "PageDown" || key === "PageUp") { if (this.list.length) this.group(this.at + (key === "PageDown" ? 1 : -1)); return true; }
    if (!cell) return false;
    if (key === "Enter") { this.confirm(); return true; }
    if ((e.ctrlKey || e.metaKey) && key === "Delete") { this.leaveOut(at); return true; }
    const f = cell.input, whole = f.selectionStart === 0 && f.selectionEnd === f.value.length;
    if (key.startsWith("Arrow") && (whole || key === "ArrowUp" || key === "ArrowDown")) { this.step(at, key); return true; }
    return false;
  }

  /* The dialog keeps the focus: from its last control to its first. */
  keepFocus(e) {
    const all = [...this.box.querySelectorAll("input, button:not([hidden])")], last = all.length - 1;
    const at = all.indexOf(e.composedPath()[0]);
    if (e.shiftKey ? at > 0 : at < last) return false;
    all[e.shiftKey ? last : 0].focus();
    return true;
  }

  clicked(button) {
    const { group, out } = button.dataset;
    if (out !== undefined) this.leaveOut(Number(out));
    else if (group === "confirm") this.confirm();
    else if (group === "next-group") this.group(this.at + 1);
    else if (group === "close-groups") this.hide();
    else return false;
    return true;
  }

  /* One decision a crop, one step of undo for all of them. */
  confirm() {
    const chosen = this.cells.filter((c) => !c.left);
    if (chosen.length) this.bench.decideGroup(chosen.map((c) => ({ ...c.item, to: c.input.value.trim() })));
    this.list.splice(this.at, 1);
    if (this.list.length) this.group(this.at); else { this.hide(); this.bench.tell(t("group_done", { n: chosen.length })); }
  }
}
