// The JSON behind a message, and what can be done to it as LINE or as the person.

import { el, button } from "./dom.js";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export class Raw {
  /** `on` = { unsend(entry), redeliver(entry), toast(words) }. */
  constructor(pane, on) {
    Object.assign(this, { pane, on });
    this.rest();
  }

  rest() {
    this.pane.replaceChildren(el("p", { class: "hint", text: "メッセージの横の { } を押すと、LINE とやりとりした中身がここに出ます。" }));
  }

  show(entry) {
    const json = JSON.stringify(entry.raw ?? entry, null, 2);
    const acts = el("div", { class: "raw-acts" }, button({ class: "step", text: "コピー", onclick: () => this.copy(json) }));
    if (entry.from === "person" && ["text", "image", "sticker"].includes(entry.kind)) acts.append(button({ class: "step", text: "送信を取り消す", onclick: () => this.on.unsend(entry) }));
    if (entry.event) acts.append(button({ class: "step", text: "同じ知らせをもう一度届ける", onclick: () => this.on.redeliver(entry) }));
    const size = new TextEncoder().encode(JSON.stringify(entry.raw ?? entry)).length;
    this.pane.replaceChildren(
      el("p", { class: "raw-head", text: `${entry.from === "bot" ? "公式アカウントのメッセージ" : "届いたできごと"}（${size.toLocaleString("ja-JP")}バイト）` }),
      acts, el("pre", { class: "json", tabindex: 0, "aria-label": "JSON" }, ...tinted(json)));
  }

  async copy(json) {
    try {
      await navigator.clipboard.writeText(json);
      this.on.toast("コピーしました");
    } catch {
      this.on.toast("コピーできませんでした。文字を選んでコピーしてください。");
    }
  }
}

/** The text of some JSON, its keys and values in colours. */
export function tinted(json) {
  const parts = [];
  let end = 0;
  for (const match of json.matchAll(TOKEN)) {
    const [whole, string, colon] = match;
    parts.push(json.slice(end, match.index), el("span", { class: string ? (colon ? "k" : "s") : "v", text: string ?? whole }));
    if (colon) parts.push(colon);
    end = match.index + whole.length;
  }
  return [...parts, json.slice(end)];
}
