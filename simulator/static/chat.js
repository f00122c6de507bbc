// The entries of one chat: bubbles, stickers, pictures, date lines, read marks and the loading dots.

import { el, button, icon } from "./dom.js";
import { flexMessage, control } from "./flex.js";
import { day, instant, minute } from "./when.js";

const LINK = /(https?:\/\/[^\s　「」（）()<>"']+)/g;
const STICKERS = { 1: "s-thanks", 2: "s-ok", 3: "s-please", 4: "s-help" };
const BUBBLES = { text: textBubble, flex: flexBubble, image: picture, sticker, template };
const QUIET = new Set(["follow", "unfollow", "accountLink", "unsend", "unsent", "note", "system", "event"]);

export class Chat {
  /** `on` = { press(entry, action, index) → listener, showRaw(entry), uri(address, event) }. */
  constructor(pane, list, live, on) {
    Object.assign(this, { pane, list, live, on, pinned: true });
    for (const hand of ["wheel", "touchmove", "pointerdown", "keydown"]) pane.addEventListener(hand, () => (this.pinned = false), { passive: true });
    new ResizeObserver(() => this.pinned && this.scroll("instant")).observe(pane);
    this.clear({});
  }

  clear(bot) {
    this.bot = bot;
    this.last = 0;
    this.lastDay = "";
    this.lastFrom = "";
    this.entries = new Map();
    this.dots = null;
    this.list.replaceChildren();
    this.live.replaceChildren();
  }

  /** Adds what is new; tells it aloud unless the whole chat is being drawn. */
  append(entries, { aloud = true } = {}) {
    const fresh = entries.filter((entry) => entry.n > this.last);
    const near = this.pinned || this.pane.scrollHeight - this.pane.scrollTop - this.pane.clientHeight < 160;
    this.loading(false);
    fresh.forEach((entry) => this.add(entry));
    if (aloud) fresh.filter((entry) => entry.from === "bot").forEach((entry) => this.tell(entry));
    if (fresh.length && (near || !aloud || fresh.some((entry) => entry.from === "person"))) this.toEnd(aloud);
    return fresh;
  }

  add(entry) {
    const at = instant(entry.at);
    if (day(at) !== this.lastDay) {
      this.lastDay = day(at);
      this.lastFrom = "";
      this.list.append(el("li", { class: "dateline" }, el("span", { text: this.lastDay })));
    }
    this.last = entry.n;
    this.entries.set(entry.n, entry);
    this.list.append(isQuiet(entry) ? quietLine(entry, this.on) : this.row(entry, at));
    this.lastFrom = isQuiet(entry) ? "" : entry.from;
    if (entry.from === "bot") this.markRead();
  }

  row(entry, at) {
    const first = this.lastFrom !== entry.from;
    const wide = isWide(entry);
    const content = (BUBBLES[entry.kind] ?? textBubble)(entry, this.on);
    const meta = el("div", { class: "meta" },
      button({ class: "raw", "aria-label": "このメッセージの中身を見る", title: "中身（JSON）", text: "{ }", onclick: () => this.on.showRaw(entry) }),
      entry.from === "person" && el("span", { class: "read", text: entry.read ? "既読" : "" }),
      el("time", { datetime: at.toISOString(), text: minute(at) }));
    const line = el("div", { class: "line" }, content, meta);
    const item = el("li", { class: `entry ${entry.from}${first ? " first" : ""}${wide ? " wide" : ""}`, dataset: { n: entry.n, kind: entry.kind } });
    if (entry.from === "bot") item.append(first ? avatar(this.bot) : el("span", { class: "avatar-gap" }));
    item.append(el("div", { class: "stack" }, entry.from === "bot" && first && el("span", { class: "sender", text: this.bot.name }), line));
    return item;
  }

  markRead() {
    for (const mark of this.list.querySelectorAll(".entry.person .read:empty")) mark.textContent = "既読";
  }

  /** Takes over what may change later: read marks, and messages that were taken back. */
  reconcile(entries) {
    for (const entry of entries) {
      const known = this.entries.get(entry.n);
      if (!known) continue;
      const item = this.list.querySelector(`[data-n="${entry.n}"]`);
      if (entry.kind !== known.kind) item.replaceWith(quietLine(entry, this.on));
      else if (entry.read) item.querySelector(".read")?.replaceChildren("既読");
      this.entries.set(entry.n, entry);
    }
  }

  tell(entry) {
    this.live.append(el("p", { text: entry.raw?.altText ?? entry.text ?? "" }));
    while (this.live.childElementCount > 4) this.live.firstChild.remove();
  }

  loading(shown) {
    if (shown === Boolean(this.dots)) return;
    this.dots?.remove();
    this.dots = shown ? waitingDots(this.bot) : null;
    if (shown) this.list.append(this.dots);
    if (shown) this.toEnd(true);
  }

  /** Goes to the newest message and stays with what comes next, until the person scrolls by hand. */
  toEnd(smooth) {
    this.pinned = true;
    requestAnimationFrame(() => this.scroll(smooth ? "smooth" : "instant"));
    for (const img of this.list.querySelectorAll("img")) if (!img.complete) img.addEventListener("load", () => this.pinned && this.scroll("instant"), { once: true });
  }

  scroll(behavior) {
    this.pane.scrollTo({ top: this.pane.scrollHeight, behavior });
  }

  newest(test) {
    return [...this.entries.values()].reverse().find(test);
  }
}

/** Finds which button of the entry a drawn action is; equal ones are taken in order. */
export function buttonFinder(entry) {
  const free = (entry.buttons ?? []).map((one, index) => ({ ...one, index }));
  const same = (a, b) => (a ?? "") === (b ?? "");
  const tests = [
    (one, action) => one.type === action.type && same(one.data, action.data ?? action.text) && same(one.uri, action.uri) && same(one.label, action.label),
    (one, action) => one.type === action.type && same(one.data, action.data ?? action.text) && same(one.uri, action.uri),
    (one, action) => one.label === (action.label ?? action.text),
  ];
  return (action) => {
    const test = tests.find((each) => free.some((one) => each(one, action)));
    const at = test ? free.findIndex((one) => test(one, action)) : -1;
    return at < 0 ? undefined : free.splice(at, 1)[0];
  };
}

export function avatar(bot) {
  return el("span", { class: `avatar tint-${bot.tint ?? 0}`, "aria-hidden": true, text: bot.mark ?? "" });
}

function isQuiet(entry) {
  return QUIET.has(entry.kind) || (entry.from === "person" && !entry.text && !["image", "sticker"].includes(entry.kind));
}

function isWide(entry) {
  const contents = entry.raw?.contents;
  return entry.kind === "flex" && (contents?.type === "carousel" || contents?.size === "giga");
}

function quietLine(entry, on) {
  const words = { follow: "友だちに追加しました", unfollow: "ブロックしました", accountLink: "会員の確認が終わりました", unsent: "メッセージの送信を取り消しました" };
  const open = button({ class: "raw", "aria-label": "このできごとの中身を見る", title: "中身（JSON）", text: "{ }", onclick: () => on.showRaw(entry) });
  const said = entry.text || words[entry.kind] || words[entry.raw?.type] || "操作を送りました";
  return el("li", { class: "quietline", dataset: { n: entry.n, kind: entry.kind } }, el("span", { text: said }), open);
}

function textBubble(entry, on) {
  const node = el("div", { class: "bubble" });
  for (const part of (entry.text ?? "").split(LINK)) node.append(/^https?:/.test(part) ? link(part, on) : part);
  return node;
}

function link(address, on) {
  return el("a", { href: address, target: "_blank", rel: "noopener", text: address, onclick: (event) => on.uri(address, event) });
}

function flexBubble(entry, on) {
  if (!entry.raw?.contents) return textBubble(entry, on);
  return flexMessage(entry.raw.contents, entry.raw.altText ?? entry.text, presser(entry, on));
}

function presser(entry, on) {
  const find = buttonFinder(entry);
  return (action) => on.press(entry, action, find(action));
}

/** Old-style templates: their words and their buttons, one under the other. */
function template(entry, on) {
  const press = presser(entry, on);
  const buttons = (entry.buttons ?? []).map((one) => {
    const node = control(one, press, "fx-button fx-link fx-sm");
    node.append(el("span", { text: one.label }));
    return node;
  });
  return el("div", { class: "fx-bubble fx-mega template" }, el("p", { text: entry.text }), buttons);
}

function picture(entry, on) {
  const source = on.photo(entry) ?? entry.raw?.previewImageUrl ?? entry.raw?.originalContentUrl;
  if (!source) return el("div", { class: "bubble photo-lost" }, icon("i-photo"), "写真を送りました");
  return el("img", { class: "photo", src: source, alt: entry.text || "写真" });
}

function sticker(entry) {
  const id = entry.raw?.stickerId ?? entry.raw?.message?.stickerId ?? 1;
  return el("div", { class: "sticker", role: "img", "aria-label": "スタンプ" }, icon(STICKERS[id] ?? STICKERS[(Number(id) % 4) + 1] ?? "s-ok", "sticker-art"));
}

function waitingDots(bot) {
  const dots = el("div", { class: "bubble dots", role: "status", "aria-label": "返事を用意しています" }, el("i"), el("i"), el("i"));
  return el("li", { class: "entry bot first" }, avatar(bot), el("div", { class: "stack" }, dots));
}
