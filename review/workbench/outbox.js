/* Talking to the server. Server: requests with the session's token. Outbox: decisions that are not yet
   acknowledged, in this browser's storage, delivered in order and exactly once (the server knows keys). */

class Refusal extends Error {
  constructor(status, message, body) { super(message); this.status = status; this.body = body; }
}

class Server {
  constructor() { this.base = ""; this.document = ""; this.token = ""; this.language = "en"; }

  /* `path` belongs to the current document; with `whole` to the project. */
  async get(path, options = {}, whole = false) {
    const address = whole ? this.base + path : `${this.base}/${this.document}${path}`;
    const answer = await fetch(address, { headers: { "X-Inkveil-Token": this.token }, ...options });
    if (!answer.ok) throw new Refusal(answer.status, (await answer.json().catch(() => ({}))).error || answer.statusText);
    return answer;
  }
  /* The address of a page's words, their reasons in the language of the screen. */
  words(number) { return `/pages/${number}?language=${this.language}`; }
  async json(path, whole = false) { return (await this.get(path, { cache: "no-store" }, whole)).json(); }
  async blob(path, options) { return (await this.get(path, options)).blob(); }
  async ask(path, body, whole = false, keepalive = false) {
    const headers = { "Content-Type": "application/json", "X-Inkveil-Token": this.token };
    return (await this.get(path, { method: "POST", headers, body: JSON.stringify(body), keepalive }, whole)).json();
  }

  /* Stores edits in order. Returns {acks, error?, key?, status}. Throws where the server can't be reached. */
  async store(document, edits, keepalive = false) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 20000);
    try {
      const answer = await fetch(`${this.base}/${document}/decisions?language=${this.language}`, {
        method: "POST", keepalive, signal: stop.signal,
        headers: { "Content-Type": "application/json", "X-Inkveil-Token": this.token },
        body: JSON.stringify({ edits }),
      });
      const body = await answer.json().catch(() => null);
      if (!body || answer.status >= 500) throw new Refusal(answer.status, (body && body.error) || "", body);
      return { acks: [], ...body, status: answer.status };
    } finally { clearTimeout(timer); }
  }
}

/* Everything under a prefix of this browser's storage, as [key, value], in the order of the keys. */
function kept(prefix) {
  const found = [];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const id = localStorage.key(i);
      if (!id.startsWith(prefix)) continue;
      try { found.push([id, JSON.parse(localStorage.getItem(id))]); } catch { /* not ours, or cut short */ }
    }
  } catch { /* no storage: what is not acknowledged lives in memory only */ }
  return found.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

class Outbox {
  /* One for a project; each item names its document. events: ack(edit, ack), refused(edit, message, status), changed() */
  constructor(server, events) {
    this.server = server; this.events = events;
    this.prefix = `inkveil/outbox/${server.base}/`; this.beside = `inkveil/aside/${server.base}/`;
    this.busy = null; this.online = true; this.denied = false; this.wait = 0;
    this.items = kept(this.prefix).filter(([, item]) => item && item.edit).map(([id, item]) => ({ id, ...item }));
    this.aside = kept(this.beside).map(([id, item]) => ({ id, ...item }));
    // after what is waiting already, even where the clock has been set back since
    const last = this.items[this.items.length - 1];
    this.last = last ? Number(last.id.slice(this.prefix.length).split("-")[0]) || 0 : 0;
  }

  get size() { return this.items.length; }

  add(document, edit) {
    this.last = Math.max(this.last + 1, Date.now() * 1000);
    const item = { id: this.prefix + String(this.last).padStart(17, "0") + "-" + edit.key, document, edit };
    try { localStorage.setItem(item.id, JSON.stringify({ document, edit })); } catch { /* full or forbidden */ }
    this.items.push(item);
    this.drain();
  }

  /* One delivery at a time; resolves when the outbox is empty or the server is gone. */
  drain() {
    if (!this.busy) this.busy = this._deliver().finally(() => { this.busy = null; });
    return this.busy;
  }

  /* The first items, as far as they belong to one document. */
  _batch() {
    const { document } = this.items[0], end = this.items.findIndex((item) => item.document !== document);
    return this.items.slice(0, Math.min(end < 0 ? this.items.length : end, 32));
  }

  async _deliver() {
    while (this.items.length && !this.denied) {
      const batch = this._batch();
      let answer;
      try {
        answer = await this.server.store(batch[0].document, batch.map((item) => item.edit));
      } catch (error) {
        for (const ack of (error.body && error.body.acks) || []) this._settle(ack.key, ack);
        this.online = false;
        this.wait = Math.min(this.wait ? this.wait * 1.6 : 250, 4000);
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.drain(), this.wait);
        this.events.changed();
        return;
      }
      this.online = true; this.wait = 0;
      for (const ack of answer.acks) this._settle(ack.key, ack);
      // without a key the session is refused, with one a single decision is (a role, a rule, the state)
      if (answer.status === 401 || (answer.status === 403 && !answer.key)) { this.denied = true; this.events.denied(); break; }
      if (answer.error) {
        const refused = this.items.find((item) => item.edit.key === answer.key) || (answer.key ? null : batch[0]);
        if (refused) { this._drop(refused); this._keep(refused, answer.error); this.events.refused(refused.edit, answer.error, answer.status); }
      }
    }
    this.events.changed();
  }

  /* A new token: what was denied is tried again. */
  retry() { this.denied = false; this.wait = 0; clearTimeout(this.timer); return this.drain(); }

  /* The page is going away: one last try that outlives it. The outbox keeps everything all the same. */
  leave() {
    if (!this.items.length) return;
    const batch = this._batch();
    this.server.store(batch[0].document, batch.map((item) => item.edit), true).catch(() => {});
  }

  close() { clearTimeout(this.timer); this.leave(); }

  _settle(key, ack) {
    const item = this.items.find((one) => one.edit.key === key);
    if (!item) return;
    this._drop(item);
    this.events.ack(item.edit, ack, item.document);
  }

  _drop(item) {
    this.items.splice(this.items.indexOf(item), 1);
    try { localStorage.removeItem(item.id); } catch { /* as above */ }
  }

  /* What a person typed and the server can't store stays here until they have dealt with it. */
  _keep({ document, edit }, message) {
    const text = typedText(edit);
    if (!text) return;
    const held = { id: this.beside + String(++this.last).padStart(17, "0"), document, page: edit.page, text, message };
    try { localStorage.setItem(held.id, JSON.stringify({ document, page: edit.page, text, message })); } catch { /* as above */ }
    this.aside.push(held);
  }

  forget(held) {
    this.aside = this.aside.filter((one) => one !== held);
    try { localStorage.removeItem(held.id); } catch { /* as above */ }
  }
}

/* What was typed in an edit, "" where nothing was. */
function typedText({ kind, payload: p }) {
  if (kind === "correct" || kind === "insert" || kind === "merge") return p.text || "";
  return kind === "split" ? p.parts.map((part) => part.text).join(" ") : "";
}
