/* Sharing the work: who has which page, which page is next in the page, the document or the project, and
   blind entry. The server decides (review/sharing.py); without it the pages known here are gone through. */

const SCOPES = ["page", "document", "project"];
const LEASE_AGAIN = 600; // s without a key after which the page is asked for again

class Sharing extends Deciding {
  /* Asks for the page as ours; where somebody else has it, the desk says so and offers to take it over. */
  async lease(take = false) {
    const page = this.page, document = this.document;
    if (!page || !page.width) return;
    try {
      const now = await this.server.ask(`/pages/${page.page}/lease`, take ? { take: true } : {});
      if (this.page.page !== page.page || this.document !== document) return;
      const was = this.held;
      this.held = now.mine ? null : now;
      if (this.held) this.showHeld(); else if (was) { this.go(this.id || (this.queue()[0] || {}).id); }
    } catch { /* without the server nobody is kept out: two decisions on a word are both kept */ }
  }

  release() {
    if (this.page && this.page.width && !this.held) this.server.ask(`/pages/${this.page.page}/lease`, { release: true }, false, true).catch(() => {});
    this.held = null;
  }

  showHeld() {
    this.mode = "done"; this.id = null;
    this.view.current(null);
    const time = new Date(this.held.until * 1000).toLocaleTimeString(this.server.language, { hour: "2-digit", minute: "2-digit" });
    this.desk.showDone(t("held", { page: this.page.page, person: this.held.person }), t("held_until", { time }), this.total > 1 ? t("go_free") : "", t("take_over"));
    this.focus(); this.summary();
  }

  takeOver() { if (this.held) this.lease(true); }

  /* A typed text that could not be stored: put into the field, or let go. */
  setAside(index, use) {
    const held = this.outbox.aside[index];
    if (!held) return;
    if (use && this.mode !== "done") { this.desk.field.value = held.text; this.forced = true; }
    if (!use || this.mode !== "done") this.outbox.forget(held);
    this.desk.showAside(this.outbox.aside);
    this.focus();
  }

  /* -- blind entry ------------------------------------------------------------------------------- */

  get entry() { return this.blind && this.page ? (this.infos.get(this.page.page) || {}).entry || "open" : ""; }

  /* In blind entry a page is handed in instead of approved, until both have done so. */
  get handsIn() { return this.entry === "open" || this.entry === "mine"; }

  /* Nothing can be entered here: handed in, or two others enter it. */
  get closed() { return this.entry === "handed_in" || this.entry === "taken"; }

  /* -- scopes ------------------------------------------------------------------------------------ */

  setScope(scope) {
    this.scope = scope; this.pass = 0;
    try { sessionStorage.setItem(`inkveil/scope/${this.server.base}`, scope); } catch { /* for this visit only */ }
    this.barTexts();
    if (scope === "project") this.projectCounts();
    if (!this.page || !this.page.width) return;
    if (scope === "page") { const first = this.slot || this.queue()[0]; this.go(first && first.id); } else this.advance();
  }

  /* The page's flagged words that belong to this pass of the scope; all of them where the scope is the page. */
  inPass(slots) { return this.scope === "page" || this.order !== "risk" ? slots : slots.filter((s) => s.rank <= this.pass); }

  /* Nothing is left of this pass on the page: to the page where the next word of the scope stands. */
  async advance() {
    const turn = this.turn, here = { document: this.document, page: this.page.page };
    const slow = setTimeout(() => this.desk.warn(t("searching"), true), 300);
    let next;
    try {
      await this.outbox.drain(); // the server counts what it knows
      if (this.outbox.size) throw new Error("kept");
      next = await this.server.ask("/next", { ...here, scope: this.scope, pass: 0 }, true);
    } catch { next = this.nextKnown(); } finally { clearTimeout(slow); }
    if (turn !== this.turn) return;
    this.connection();
    if (!next || !next.page) { this.pass = PASSES - 1; this.finish(); return; }
    this.pass = next.pass;
    if (next.document && next.document !== here.document) await this.switchDocument(next);
    else if (next.page !== here.page) await this.open(next.page);
    else { const first = this.inPass(this.queue())[0]; this.go(first && first.id); }
  }

  /* The same from what is known here, while the server does not answer: this document's pages only. */
  nextKnown() {
    for (let pass = 0; pass < PASSES; pass++) {
      for (let step = 0; step < this.total; step++) {
        const page = ((this.page.page - 1 + step) % this.total) + 1, info = this.infos.get(page);
        if (info && info.passes && info.passes[pass] && !info.with && (page === this.page.page || this.fetched.has(page))) return { page, pass };
      }
    }
    return null;
  }

  /* The workbench moves to another document of the project; the address follows. */
  switchDocument({ document, name, pages, page }) {
    this.release();
    this.trigger("opened", { document, page, at: Date.now() });
    return this.begin({ document, name, pages, page, id: null });
  }

  /* What the other documents of the project have left. */
  async projectCounts() {
    try {
      const { documents } = await this.server.json("/documents", true);
      this.others = documents.filter((d) => d.document !== this.document && !d.approved);
      this.summary();
    } catch { /* asked again with the next page */ }
  }
}
