// What the bot asked LINE to do: the newest calls, with their outcome.

import { el, button } from "./dom.js";
import { sim } from "./sim.js";
import { tinted } from "./raw.js";

const KEPT = 60;

export class Calls {
  constructor(pane, on) {
    Object.assign(this, { pane, on, after: 0, rows: [] });
    this.list = el("ol", { class: "calls" });
    this.pane.replaceChildren(el("p", { class: "hint", text: "ボットから LINE への呼び出し（新しい順）" }), this.list);
    this.empty = el("p", { class: "hint", text: "まだありません。" });
    this.pane.append(this.empty);
  }

  async refresh() {
    try {
      const calls = await sim.calls(this.after);
      if (!calls.length) return;
      this.after = Math.max(...calls.map((one) => one.n));
      this.empty.hidden = true;
      this.list.prepend(...calls.slice(-KEPT).reverse().map(row));
      while (this.list.childElementCount > KEPT) this.list.lastChild.remove();
    } catch (error) {
      this.on.error(error);
    }
  }
}

function row(call) {
  const good = call.status < 400;
  const body = el("pre", { class: "json", hidden: true });
  const open = button({ class: "call", "aria-expanded": "false", onclick: () => {
    body.hidden = !body.hidden;
    open.setAttribute("aria-expanded", String(!body.hidden));
    if (!body.hidden && !body.firstChild) body.append(...tinted(JSON.stringify(call, null, 2)));
  } }, el("span", { class: `status ${good ? "good" : "bad"}`, text: call.status }), el("span", { class: "endpoint", text: `${call.method} ${call.endpoint}` }));
  return el("li", {}, open, body);
}
