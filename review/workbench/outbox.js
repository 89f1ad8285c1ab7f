/* Talking to the server. Server: requests with the session's token. Outbox: decisions that are not yet
   acknowledged, in this browser's storage, delivered in order and exactly once (the server knows keys). */

class Refusal extends Error {
  constructor(status, message, body) { super(message); this.status = status; this.body = body; }
}

class Server {
  constructor() { this.base = ""; this.token = ""; this.language = "en"; }

  async get(path, options = {}) {
    const answer = await fetch(this.base + path, { headers: { "X-Inkveil-Token": this.token }, ...options });
    if (!answer.ok) throw new Refusal(answer.status, (await answer.json().catch(() => ({}))).error || answer.statusText);
    return answer;
  }
  /* The address of a page's words, their reasons in the language of the screen. */
  words(number) { return `/pages/${number}?language=${this.language}`; }
  async json(path) { return (await this.get(path, { cache: "no-store" })).json(); }
  async blob(path) { return (await this.get(path)).blob(); }

  /* Stores edits in order. Returns {acks, error?, key?, status}. Throws where the server can't be reached. */
  async store(edits, keepalive = false) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 20000);
    try {
      const answer = await fetch(`${this.base}/decisions?language=${this.language}`, {
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

class Outbox {
  /* events: ack(edit, ack), refused(edit, message), changed() */
  constructor(server, name, events) {
    this.server = server; this.events = events; this.prefix = `inkveil/outbox/${name}/`;
    this.items = []; this.busy = null; this.online = true; this.denied = false; this.last = 0; this.wait = 0;
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const id = localStorage.key(i);
        if (id.startsWith(this.prefix)) this.items.push({ id, edit: JSON.parse(localStorage.getItem(id)) });
      }
    } catch { /* no storage: what is not acknowledged lives in memory only */ }
    this.items.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get size() { return this.items.length; }

  add(edit) {
    this.last = Math.max(this.last + 1, Date.now() * 1000);
    const item = { id: this.prefix + String(this.last).padStart(17, "0") + "-" + edit.key, edit };
    try { localStorage.setItem(item.id, JSON.stringify(edit)); } catch { /* full or forbidden */ }
    this.items.push(item);
    this.drain();
  }

  /* One delivery at a time; resolves when the outbox is empty or the server is gone. */
  drain() {
    if (!this.busy) this.busy = this._deliver().finally(() => { this.busy = null; });
    return this.busy;
  }

  async _deliver() {
    while (this.items.length && !this.denied) {
      const batch = this.items.slice(0, 32);
      let answer;
      try {
        answer = await this.server.store(batch.map((item) => item.edit));
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
      if (answer.status === 401 || answer.status === 403) { this.denied = true; this.events.denied(); break; }
      if (answer.error) {
        const refused = this.items.find((item) => item.edit.key === answer.key) || (answer.key ? null : batch[0]);
        if (refused) { this._drop(refused); this.events.refused(refused.edit, answer.error); }
      }
    }
    this.events.changed();
  }

  /* A new token: what was denied is tried again. */
  retry() { this.denied = false; this.wait = 0; clearTimeout(this.timer); return this.drain(); }

  /* The page is going away: one last try that outlives it. The outbox keeps everything all the same. */
  leave() {
    if (this.items.length) this.server.store(this.items.slice(0, 32).map((item) => item.edit), true).catch(() => {});
  }

  close() { clearTimeout(this.timer); this.leave(); }

  _settle(key, ack) {
    const item = this.items.find((one) => one.edit.key === key);
    if (!item) return;
    this._drop(item);
    this.events.ack(item.edit, ack);
  }

  _drop(item) {
    this.items.splice(this.items.indexOf(item), 1);
    try { localStorage.removeItem(item.id); } catch { /* as above */ }
  }
}
