// The findings desk: the page left, findings by person and type right, decided by keys. Called again at
// each change of `data`; what the person looks at stays in `view`, what was decided comes from the server.
// Decisions go by POST, one at a time and in order; each is shown at once and marked when it is stored.

const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".desk");
  let view = views.get(root);
  if (!view) {
    view = { group: 0, place: 0, queue: [], sending: false, page: 0, undo: [], stored: 0, trouble: "" };
    views.set(root, view);
    listen(root, view);
    root.focus({ preventScroll: true });
  }
  view.setTriggerValue = setTriggerValue;
  view.root = root;
  adopt(view, data);
  fit(root);
  texts(view);
  const paper = getComputedStyle(root).getPropertyValue("--paper").trim();
  root.classList.toggle("dark", dark(paper));
  root.classList.toggle("light", !dark(paper));
  draw(view);
}

/* A text of model/texts/redactdesk.json with its values filled in; one form for one, another for others. */
function word(view, key, values = {}) {
  const found = view.data.words[key], text = typeof found === "object" ? found[values.n === 1 ? "one" : "other"] : found;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/* What only changes with the language. */
function texts(view) {
  const { root } = view;
  root.setAttribute("aria-label", word(view, "findings_label"));
  root.querySelector(".groups").setAttribute("aria-label", word(view, "findings_by"));
  root.querySelector(".stage").setAttribute("aria-label", word(view, "sheet"));
  root.querySelectorAll("[data-text]").forEach((node) => { node.textContent = word(view, node.dataset.text); });
}

/* As high as the window leaves room for below what stands above, which may be warnings. */
function fit(root) {
  const top = root.getBoundingClientRect().top + (document.querySelector(".stMain")?.scrollTop || 0);
  root.style.height = `${Math.max(420, window.innerHeight - top - 16)}px`;
}

function dark(colour) {
  const m = /^#([0-9a-f]{6})/i.exec(colour);
  if (!m) return false;
  const n = parseInt(m[1], 16);
  return (n >> 16) + ((n >> 8) & 255) + (n & 255) < 384;
}

function adopt(view, data) {
  const before = view.data && current(view);
  const mine = view.data && (view.queue.length || data.head < view.stored); // made before what is shown here was stored
  if (mine) data = { ...data, drawn: view.data.drawn };
  view.data = data;
  view.route = data.route;
  view.token = data.token;
  if (!mine) {
    view.states = new Map(data.groups.flatMap((g) => g.places.map((p) => [p.id, { state: p.state, reason: p.reason }])));
    view.undo = data.undo.map((seqs) => ({ seqs }));
  }
  if (before) {
    const group = data.groups.findIndex((g) => g.id === before.group.id);
    if (group >= 0) {
      view.group = group;
      view.place = Math.max(0, data.groups[group].places.findIndex((p) => p.id === before.place.id));
    }
  } else {
    const open = data.groups.findIndex((g) => stateOf(view, g) === "open");
    view.group = Math.max(0, open);
    view.place = 0;
  }
  view.group = Math.min(view.group, Math.max(0, data.groups.length - 1));
  const select = view.root.querySelector("select");
  const reasons = JSON.stringify(data.reasons);
  if (select.dataset.reasons !== reasons) {
    select.dataset.reasons = reasons;
    select.replaceChildren(...data.reasons.map((r, i) => option(r, i)));
  }
  const goto = JSON.stringify(data.goto || null);
  if (data.goto && view.went !== goto) { view.page = data.goto.page; view.place = 0; view.alarm = data.goto; }
  view.went = goto;
  if (!view.page) view.page = before || !data.groups.length ? data.pages[0]?.page : current(view).place.page;
}

function option(reason, index) {
  const element = document.createElement("option");
  element.value = reason;
  element.textContent = index < 9 ? `${index + 1} ${reason}` : reason;
  return element;
}

const current = (view) => {
  const group = view.data.groups[view.group];
  return group && { group, place: group.places[view.place] || group.places[0] };
};

const of = (view, place) => view.states.get(place.id) || { state: "open", reason: "" };

function stateOf(view, group) {
  const states = new Set(group.places.map((p) => of(view, p).state));
  return states.has("open") ? "open" : states.size === 1 ? [...states][0] : "approved";
}

// -- drawing -------------------------------------------------------------------------------------

function draw(view) {
  const { root, data } = view;
  const open = data.groups.filter((g) => stateOf(view, g) === "open").length;
  root.querySelector(".count").textContent = data.groups.length ? word(view, "open_count", { n: open, all: data.groups.length }) : "";
  list(view);
  stage(view);
  banner(view);
  const now = current(view);
  root.querySelector(".why").textContent = now ? (now.group.proposal ? `${word(view, "proposal_why")} ` : "") + now.place.explanation : "";
  const state = now && stateOf(view, now.group);
  root.querySelector('[data-do="approve"]').disabled = !now || state === "approved";
  root.querySelector('[data-do="reject"]').disabled = !now || state === "rejected";
  root.querySelector('[data-do="undo"]').disabled = !view.undo.length;
  if (now) {
    const reason = of(view, now.place).reason || proposed(view, now.group);
    const select = root.querySelector("select");
    if (data.reasons.includes(reason)) select.value = reason;
  }
}

function list(view) {
  const { root, data } = view;
  const box = root.querySelector(".groups");
  if (!data.groups.length) {
    const none = document.createElement("div");
    none.className = "empty";
    none.textContent = word(view, "none");
    box.replaceChildren(none);
    return;
  }
  box.replaceChildren(...data.groups.map((group, index) => {
    const state = stateOf(view, group);
    const item = make("li", state + (group.proposal ? " proposal" : ""));
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(index === view.group));
    const reason = of(view, group.places[0]).reason;
    const said = make("span", "state", state === "approved" ? reason || word(view, "approved") : word(view, state));
    const note = group.proposal
      ? `${word(view, "proposal")} · ${word(view, "p", { page: group.places[0].page })}`
      : `${group.type} · ${word(view, "desk_place", { n: group.places.length })}`;
    item.append(said, make("span", "text", group.text || group.type), make("div", "note", note));
    if (index === view.group && group.places.length > 1) {
      const places = make("div", "places");
      group.places.forEach((p, i) => {
        const chip = make("span", of(view, p).state + (i === view.place ? " here" : ""), word(view, "p", { page: p.page }));
        chip.addEventListener("click", (e) => { e.stopPropagation(); choose(view, index, i); });
        places.append(chip);
      });
      item.append(places);
    }
    item.addEventListener("click", () => choose(view, index, 0));
    return item;
  }));
  box.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
}

function make(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name || "";
  if (text !== undefined) element.textContent = text;
  return element;
}

function stage(view) {
  const { root, data } = view;
  const page = data.pages.find((p) => p.page === view.page) || data.pages[0];
  if (!page) return;
  const image = root.querySelector(".sheet img");
  if (image.getAttribute("src") !== page.url) {
    image.src = page.url;
    image.width = page.width;
    image.height = page.height;
    image.alt = word(view, "page_n", { page: page.page });
  }
  pager(view, page);
  const svg = root.querySelector("svg");
  svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
  const now = current(view);
  const parts = [];
  data.groups.forEach((group, g) => group.places.forEach((place, p) => {
    if (place.page !== page.page) return;
    const here = now && now.place.id === place.id;
    const { state, reason } = of(view, place);
    const look = view.final && state === "approved" ? "final" : state + (group.proposal ? " proposal" : "");
    const said = state === "approved" ? reason : group.proposal && state === "open" ? `${group.type}?` : "";
    const node = boxes(place.boxes, look, here && !view.final, view.final ? "" : said);
    node.addEventListener("click", () => choose(view, g, p));
    parts.push(node);
  }));
  data.drawn.filter((d) => d.page === page.page && d.id !== view.box?.id).forEach((d) => parts.push(boxes([d.box], view.final ? "final" : "approved", false, view.final ? "" : d.reason)));
  if (view.box?.page === page.page) parts.push(boxes([view.box.rect], "held", false, ""));
  const alarm = view.alarm && view.alarm.page === page.page && view.alarm.box;
  if (alarm) parts.push(boxes([alarm], "alarm", false, word(view, "alarm")));
  svg.replaceChildren(...parts);
  svg.querySelector(alarm ? ".alarm" : view.box ? ".held" : ".current")?.scrollIntoView({ block: "center", inline: "nearest" });
}

function boxes(list, name, here, label) {
  const NS = "http://www.w3.org/2000/svg";
  const group = document.createElementNS(NS, "g");
  for (const [x0, y0, x1, y1] of list) {
    const rect = document.createElementNS(NS, "rect");
    rect.setAttribute("class", name + (here ? " current" : ""));
    for (const [key, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 })) rect.setAttribute(key, value);
    group.append(rect);
  }
  if (label && list.length) {
    const title = document.createElementNS(NS, "title");
    title.textContent = label;
    const said = document.createElementNS(NS, "text"), [x0, y0, , y1] = list[0];
    said.textContent = label;
    said.setAttribute("x", x0 + 2);
    said.setAttribute("y", y0 - 3);
    said.style.fontSize = `${Math.max(9, Math.min(0.45 * (y1 - y0), 26))}px`;
    group.append(title, said);
  }
  return group;
}

function pager(view, page) {
  const box = view.root.querySelector(".pages");
  const numbers = view.data.pages.map((p) => p.page);
  const at = numbers.indexOf(page.page);
  const step = (to, text, name) => {
    const button = make("button", "", text);
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.disabled = numbers[to] === undefined;
    button.addEventListener("click", () => { view.page = numbers[to]; draw(view); });
    return button;
  };
  box.replaceChildren(step(at - 1, "‹", word(view, "previous")), word(view, "page_of", { page: page.page, total: numbers.length }), step(at + 1, "›", word(view, "next")));
}

// -- keys ----------------------------------------------------------------------------------------

function listen(root, view) {
  new ResizeObserver(() => fit(root)).observe(document.querySelector(".stMainBlockContainer") || document.body);
  window.addEventListener("resize", () => root.isConnected && fit(root));
  root.addEventListener("keydown", (event) => key(view, event));
  root.querySelector(".actions").addEventListener("click", (event) => {
    const name = event.target.closest("button")?.dataset.do;
    if (name === "undo") undo(view);
    else if (name) decide(view, name, false);
    if (name) root.focus({ preventScroll: true });
  });
  root.querySelector("select").addEventListener("change", (event) => reason(view, event.target.value));
}

function key(view, event) {
  if (event.target.tagName === "SELECT" && event.key !== "Escape") return event.stopPropagation();
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const command = event.ctrlKey || event.metaKey;
  if (view.box && holding(view, event, name)) { event.preventDefault(); event.stopPropagation(); return; }
  const actions = {
    b: () => hold(view), m: () => takeUp(view),
    ArrowDown: () => choose(view, view.group + 1, 0), ArrowUp: () => choose(view, view.group - 1, 0),
    ArrowRight: () => choose(view, view.group, view.place + 1), ArrowLeft: () => choose(view, view.group, view.place - 1),
    a: () => decide(view, "approve", event.shiftKey), r: () => decide(view, "reject", event.shiftKey),
    v: () => { view.final = !view.final; draw(view); },
    PageDown: () => turn(view, 1), PageUp: () => turn(view, -1),
  };
  let act = command ? (name === "z" ? () => undo(view) : null) : actions[name];
  if (!command && /^[1-9]$/.test(name) && view.data.reasons[name - 1]) act = () => reason(view, view.data.reasons[name - 1]);
  event.stopPropagation(); // Streamlit's own r and c would fire
  if (act) { event.preventDefault(); act(); }
}

// -- a box held by the keyboard: moved by arrows, resized with Shift, by single pixels with Alt -----------

const STEP = 0.01; // of the page's width

/* A new box: over the current finding where it stands on this page, else in the middle. */
function hold(view) {
  const page = view.data.pages.find((p) => p.page === view.page) || view.data.pages[0];
  if (!page) return;
  const now = current(view)?.place;
  const boxes = now && now.page === page.page ? now.boxes : [];
  const over = boxes.length && [0, 1, 2, 3].map((k) => Math[k < 2 ? "min" : "max"](...boxes.map((b) => b[k])));
  const rect = over || [0.4 * page.width, 0.45 * page.height, 0.6 * page.width, 0.48 * page.height];
  take(view, { page: page.page, id: null, rect: rect.map(Math.round), before: null });
}

/* The next drawn box of this page, to be moved, resized or taken away. */
function takeUp(view) {
  const here = view.data.drawn.filter((d) => d.page === view.page);
  if (!here.length) return;
  const next = here[(here.findIndex((d) => d.id === view.box?.id) + 1) % here.length];
  take(view, { page: next.page, id: next.id, rect: [...next.box], before: [...next.box] });
}

function take(view, box) {
  view.box = box;
  view.final = false;
  if (!view.queue.length) view.trouble = ""; // of an earlier box: said long enough
  draw(view);
}

function letGo(view) {
  view.box = null;
  draw(view);
}

/* True where the key was for the held box. */
function holding(view, event, name) {
  const { box } = view;
  const page = view.data.pages.find((p) => p.page === box.page);
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[name];
  if (by) {
    const step = event.altKey ? 1 : Math.max(2, Math.round(STEP * page.width));
    const [x0, y0, x1, y1] = box.rect, [dx, dy] = by.map((d) => d * step);
    box.rect = event.shiftKey
      ? [x0, y0, Math.min(Math.max(x1 + dx, x0 + 3), page.width), Math.min(Math.max(y1 + dy, y0 + 3), page.height)]
      : shifted([x0, y0, x1, y1], dx, dy, page);
    draw(view);
  } else if (name === "Enter") storeBox(view);
  else if (name === "Escape") letGo(view);
  else if (name === "m" && box.id) takeUp(view);
  else if ((name === "Delete" || name === "Backspace") && box.id) removeBox(view);
  else if (name === "Delete" || name === "Backspace") letGo(view);
  else return false;
  return true;
}

function shifted([x0, y0, x1, y1], dx, dy, page) {
  const x = Math.min(Math.max(dx, -x0), page.width - x1), y = Math.min(Math.max(dy, -y0), page.height - y1);
  return [x0 + x, y0 + y, x1 + x, y1 + y];
}

function storeBox(view) {
  const { page, id, rect, before } = view.box, key = crypto.randomUUID();
  const why = view.reason || view.root.querySelector("select").value || view.data.reasons[0];
  const entry = { seqs: null, drawn: [...view.data.drawn] };
  view.undo.push(entry);
  if (id) {
    view.data.drawn = view.data.drawn.map((d) => (d.id === id ? { ...d, box: rect } : d));
    send(view, { kind: "move", redaction: id, page, box: rect, before, key }, entry);
  } else {
    const number = key.replaceAll("-", "").slice(0, 12); // as redaction.decide.add_box names it
    view.data.drawn = [...view.data.drawn, { id: number, page, box: rect, reason: why }];
    send(view, { kind: "box", page, box: rect, reason: why, key }, entry);
  }
  letGo(view);
}

function removeBox(view) {
  const { page, id } = view.box, entry = { seqs: null, drawn: [...view.data.drawn] };
  view.undo.push(entry);
  view.data.drawn = view.data.drawn.filter((d) => d.id !== id);
  send(view, { kind: "remove", redaction: id, page, key: crypto.randomUUID() }, entry);
  letGo(view);
}

function choose(view, group, place) {
  const groups = view.data.groups;
  if (!groups.length) return;
  view.alarm = null;
  view.group = Math.min(Math.max(group, 0), groups.length - 1);
  view.place = Math.min(Math.max(place, 0), groups[view.group].places.length - 1);
  view.page = current(view).place.page;
  draw(view);
}

function turn(view, by) {
  const numbers = view.data.pages.map((p) => p.page);
  view.page = numbers[Math.min(Math.max(numbers.indexOf(view.page) + by, 0), numbers.length - 1)];
  draw(view);
}

/* The reason that the person picked for this group, else the profile's for its type, else what was picked last. */
function proposed(view, group) {
  const { reasons } = view.data;
  if (view.reason && view.reasonFor === group.id) return view.reason;
  return (reasons.includes(group.reason) && group.reason) || view.reason || reasons[0];
}

function reason(view, value) {
  const now = current(view);
  view.reason = value;
  view.reasonFor = now?.group.id;
  if (now && stateOf(view, now.group) === "approved") decide(view, "approve", false, true);
  else draw(view);
}

function decide(view, kind, single, again) {
  const now = current(view);
  if (!now) return;
  const state = kind === "approve" ? "approved" : "rejected";
  const places = (single ? [now.place] : now.group.places).filter((p) => again || of(view, p).state !== state);
  if (!places.length) return;
  const picked = view.reasonFor === now.group.id && view.reason;
  const why = picked || of(view, now.place).reason || proposed(view, now.group);
  const before = places.map((p) => [p.id, of(view, p)]);
  places.forEach((p) => view.states.set(p.id, { state, reason: kind === "approve" ? why : "" }));
  const entry = { before, seqs: null };
  view.undo.push(entry);
  send(view, { kind, findings: places.map((p) => p.id), reason: why, key: crypto.randomUUID() }, entry);
  const next = view.data.groups.findIndex((g, i) => i > view.group && stateOf(view, g) === "open");
  if (!again && stateOf(view, now.group) !== "open" && next >= 0) choose(view, next, 0);
  else draw(view);
}

function undo(view) {
  const entry = view.undo.pop();
  if (!entry) return;
  entry.before?.forEach(([id, state]) => view.states.set(id, state));
  if (entry.drawn) view.data.drawn = entry.drawn;
  send(view, { kind: "undo", entry, key: crypto.randomUUID() }, null);
  draw(view);
}

// -- sending: in order, one at a time, again until it is stored --------------------------------------

function send(view, edit, entry) {
  view.queue.push({ edit, entry });
  if (!view.sending) pump(view);
}

async function pump(view) {
  view.sending = true;
  let wait = 250;
  while (view.queue.length) {
    const { edit, entry } = view.queue[0];
    const { entry: undone, ...body } = edit;
    if (undone) body.targets = undone.seqs || [];
    try {
      const answer = await fetch(view.route, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Inkveil-Token": view.token },
        body: JSON.stringify(body),
      });
      const said = await answer.json();
      if (answer.ok) {
        if (entry) entry.seqs = said.seqs;
        view.stored = Math.max(view.stored, ...said.seqs);
        view.queue.shift();
        wait = 250;
        trouble(view, "");
        continue;
      }
      if (answer.status < 500) { // refused for good: take back what was shown, and say why
        entry?.before?.forEach(([id, state]) => view.states.set(id, state));
        if (entry?.drawn) view.data.drawn = entry.drawn;
        view.undo = view.undo.filter((e) => e !== entry);
        view.queue.shift();
        trouble(view, said.error);
        draw(view);
        continue;
      }
      trouble(view, said.error);
    } catch {
      trouble(view, word(view, "kept", { n: view.queue.length }));
    }
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(wait * 2, 5000);
  }
  view.sending = false;
  clearTimeout(view.told);
  view.told = setTimeout(() => view.setTriggerValue("changed", Date.now()), 400);
}

/* Why something is not stored, "" where all is well. */
function trouble(view, text) {
  view.trouble = text;
  banner(view);
}

/* What is wrong, else what the keys do to the box that is held. */
function banner(view) {
  const box = view.root.querySelector(".banner");
  const text = view.trouble || (view.box ? word(view, view.box.id ? "held_old" : "held_new") : "");
  box.classList.toggle("calm", !view.trouble);
  box.hidden = !text;
  if (box.textContent !== text) box.textContent = text; // said aloud only where it changed
}
