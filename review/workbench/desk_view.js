/* The desk: the word's field, its candidates, the reason, the buttons, what is left. Draws what it is
   given and tells the workbench which action was asked for. */

const ACTIONS = [
  ["accept", "Enter"], ["unsure", "U"], ["delete", "Ctrl+Del"], ["insert", "Ctrl+I"],
  ["merge", "Ctrl+M"], ["split", "Ctrl+D"], ["undo", "Ctrl+Z"], ["redo", "Ctrl+Y"],
  ["previous", "Shift+Tab"], ["next", "Tab"], ["bare", "Alt"], ["draw", ""], ["group", "Ctrl+G"],
];
const ON_A_WORD = new Set(["accept", "unsure", "delete", "merge", "split"]);
const SHORT = { rapidocr: "RapidOCR", rapidocr_rescaled: "RapidOCR rescaled", tesseract: "Tesseract", pdf_text: "PDF text" };
/* The two entries of a page in blind entry, named in the language of the screen. */
const ENTRIES = ["entry_1", "entry_2"];
const shortName = (engine) => (ENTRIES.includes(engine) ? t(engine) : SHORT[engine]) || engine.replaceAll("_", " ");
/* Names of engines; who reads a word twice is named once (as in review/reasons.py). */
const shortNames = (engines) => engines
  .filter((e) => !e.includes("_") || !engines.includes(e.split("_")[0])).map(shortName);

let WORDS_NOW = WORDS.en;

/* A sentence of model/texts/workbench.json with its values filled in. */
function t(key, values = {}) {
  const text = WORDS_NOW[key] === undefined ? key : WORDS_NOW[key];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function duration(seconds) {
  const s = Math.round(seconds);
  if (s < 60) return t("seconds", { n: s });
  return s % 60 && s < 600 ? t("minutes_seconds", { m: Math.floor(s / 60), s: s % 60 }) : t("minutes", { n: Math.round(s / 60) });
}

class DeskView {
  constructor(root, act) {
    const find = (selector) => root.querySelector(selector);
    this.field = find(".field"); this.label = find(".field-label"); this.saved = find(".saved"); this.reason = find(".reason");
    this.list = find(".candidates"); this.word = find(".word"); this.done = find(".done"); this.loupe = find(".loupe");
    this.banner = find(".banner"); this.counts = find(".counts"); this.approve = find(".approve"); this.live = find(".live");
    this.actions = find(".actions"); this.keys = find(".keys"); this.proceed = find('[data-action="proceed"]');
    this.second = find('[data-action="takeover"]'); this.aside = find(".aside");
    this.act = act; this.shownText = null; this.texts();
  }

  /* Everything that only changes with the language. */
  texts() {
    this.actions.replaceChildren(...ACTIONS.map(([name, key]) => {
      const button = document.createElement("button");
      button.type = "button"; button.dataset.action = name;
      button.append(t(name));
      if (key) { const kbd = document.createElement("kbd"); kbd.textContent = key; button.append(kbd); }
      return button;
    }));
    const box = document.createElement("div"), list = document.createElement("dl"), title = document.createElement("h2"), close = document.createElement("button");
    title.textContent = t("keys"); close.type = "button"; close.textContent = t("close"); close.dataset.action = "keys";
    for (const [key, meaning] of WORDS_NOW.keys_list) {
      const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
      kbd.textContent = key; dt.append(kbd); dd.textContent = meaning; list.append(dt, dd);
    }
    box.append(title, list, close);
    this.keys.replaceChildren(box); this.keys.setAttribute("aria-label", t("keys"));
  }

  /* A word: its text in the field, all selected; candidates; the reason. */
  show(slot, position, count) {
    this._mode(false);
    const status = t(`status_${slot.status}`);
    this._label(t("field", { n: position, count }), status);
    this.field.placeholder = slot.text ? "" : t("ghost_field");
    this._put(slot.text);
    this.direction(slot.vertical);
    this.reason.textContent = this._why(slot);
    this._candidates(slot);
  }

  /* The field is there, or what was done; buttons that need a word follow. */
  _mode(done) {
    this.word.hidden = done; this.done.hidden = !done; this.loupe.hidden = done;
    for (const button of this.actions.children) button.disabled = done && ON_A_WORD.has(button.dataset.action);
  }

  showInsert(after) {
    this._mode(false);
    this._label(after && after.text ? t("field_insert", { text: after.text }) : t("field_insert_first"), "");
    this.field.placeholder = ""; this._put(""); this.reason.textContent = ""; this.list.replaceChildren();
    this.mark("");
  }

  /* A word of a vertical line is typed from top to bottom. */
  direction(vertical) { this.field.classList.toggle("ttb", Boolean(vertical)); this.list.classList.toggle("ttb", Boolean(vertical)); }

  _label(text, status) { this.label.replaceChildren(text, Object.assign(document.createElement("span"), { textContent: status })); }

  _put(text) { this.shownText = text; this.field.value = text; this.field.setSelectionRange(0, text.length); }

  _why(slot) {
    if (slot.status === "contested") return t("why_contested");
    if (slot.status !== "open" && slot.status !== "unsure") return "";
    const why = slot.why || "";
    const near = slot.personal ? ` ${t("personal")}` : "";
    return (slot.mark || slot.reasons.length ? t("risk", { risk: Math.round(slot.risk * 100), why }) : why) + near;
  }

  _candidates(slot) {
    this.list.replaceChildren(...slot.candidates.slice(0, 9).map(([text, engines, confidence], index) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button"; button.dataset.candidate = index; button.classList.toggle("chosen", text === slot.text);
      const kbd = document.createElement("kbd"), reading = document.createElement("span"), by = document.createElement("span");
      kbd.textContent = index + 1; reading.className = "reading"; by.className = "engines";
      const reference = text === slot.text ? (slot.candidates.find((c) => c[0] !== text) || [text])[0] : slot.text;
      for (const [part, differs] of reference ? differences(text, reference) : [[text, false]]) {
        if (differs) { const u = document.createElement("u"); u.textContent = part; reading.append(u); } else reading.append(part);
      }
      if (!text) reading.textContent = `(${t("no_word")})`;
      by.textContent = shortNames(engines).join(" · ") + (confidence === null || confidence === undefined ? "" : ` ${Math.round(confidence * 100)}`);
      button.append(kbd, reading, by); item.append(button);
      return item;
    }));
  }

  mark(state) { this.saved.className = `saved ${state || ""}`; }

  showDone(title, text, proceed, second = "") {
    this._mode(true);
    this.done.querySelector(".done-title").textContent = title;
    this.done.querySelector(".done-text").textContent = text;
    this.proceed.hidden = !proceed;
    this.second.hidden = !second; this.second.textContent = second;
    this.proceed.replaceChildren(proceed || "", Object.assign(document.createElement("kbd"), { textContent: "Enter" }));
    this.announce(`${title}. ${text} ${proceed || ""}`);
  }

  /* What a screen reader hears: the word, how doubtful it is, where it stands, the readings. */
  announceWord(slot, position, count) {
    const list = slot.candidates.slice(0, 9).map(([text, engines], i) => t("say_candidate", { n: i + 1, text: text || t("no_word"), engines: shortNames(engines).join(", ") }));
    this.announce(t("say_word", { text: slot.text || t("no_word"), mark: t(`mark_${slot.mark}`), n: position, count, candidates: list.join("; ") }));
  }

  announce(text) { this.live.textContent = text; }

  warn(text, note) {
    this.banner.hidden = !text; this.banner.classList.toggle("note", Boolean(note));
    if (this.banner.textContent !== (text || "")) this.banner.textContent = text || "";
  }

  /* Typed texts that the server could not store: each with its reason, to be used again or let go. */
  showAside(held) {
    this.aside.hidden = !held.length;
    if (this.aside.dataset.ids === held.map((one) => one.id).join()) return;
    this.aside.dataset.ids = held.map((one) => one.id).join();
    this.aside.replaceChildren(...held.map((one, index) => {
      const row = document.createElement("p"), text = document.createElement("b"), use = document.createElement("button"), let_go = document.createElement("button");
      text.textContent = one.text;
      use.type = let_go.type = "button"; use.dataset.use = index; let_go.dataset.drop = index;
      use.textContent = t("aside_use"); let_go.textContent = t("aside_drop");
      row.append(t("aside", { page: one.page }), " ", text, ". ", one.message, " ", use, " ", let_go);
      return row;
    }));
  }

  toggleKeys() {
    this.keys.hidden = !this.keys.hidden;
    if (!this.keys.hidden) this.keys.querySelector("button").focus();
    return !this.keys.hidden;
  }
}
