// The year's rehearsal: every message that the branch's people get by themselves, month by month.

import { el, button } from "./dom.js";
import { sim } from "./sim.js";
import { day, instant, minute, month, shortDay, weekday } from "./when.js";

export class Rehearsal {
  /** `on` = { error(error) }. */
  constructor(pane, on) {
    Object.assign(this, { pane, on, channel: null });
    this.year = el("input", { type: "number", min: "2000", max: "2100", step: "1", placeholder: "今年度", "aria-label": "年度" });
    this.go = el("button", { type: "submit", class: "step strong", text: "予行する" });
    const form = el("form", { class: "rehearsal-form" }, el("label", {}, this.year, "年度"), this.go);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.rehearse();
    });
    this.state = el("p", { class: "hint", role: "status" });
    this.months = el("div", { class: "rehearsal" });
    pane.replaceChildren(el("p", { class: "hint", text: "この支部の連携している方に一年間に届くお知らせを、送らずに調べます。どなたも何もしなかったときのものです。" }), form, this.state, this.months);
  }

  /** Another account is looked at: what stands there was about somebody else. */
  turnTo(channel) {
    this.channel = channel;
    this.state.textContent = "";
    this.months.replaceChildren();
  }

  async rehearse() {
    const { channel } = this;
    if (!channel) return;
    this.busy(true);
    try {
      const { fiscal_year: year, messages } = await sim.rehearsal(channel, this.year.value);
      this.year.value = year;
      if (channel === this.channel) this.draw(year, together(messages));
    } catch (error) {
      this.state.textContent = "予行できませんでした。";
      this.on.error(error);
    }
    this.busy(false);
  }

  draw(year, messages) {
    this.state.textContent = messages.length
      ? `${year}年度は${messages.length}通です。`
      : `${year}年度に届くお知らせはありません。連携している方がいないか、この年度の予定がまだありません。`;
    this.months.replaceChildren(...[...byMonth(messages)].map(([name, those]) => el("section", {}, el("h3", { text: name }), el("ol", {}, those.map(row)))));
  }

  busy(rehearsing) {
    this.go.disabled = rehearsing;
    if (!rehearsing) return;
    this.months.replaceChildren();
    this.state.textContent = "一年分を調べています…";
  }
}

const monthOf = (message) => month(instant(message[0].at));

/** Cards with the same number come as one message. */
function together(cards) {
  const messages = [];
  for (const card of cards) {
    const last = messages.at(-1);
    if (last?.[0].message === card.message) last.push(card);
    else messages.push([card]);
  }
  return messages;
}

function byMonth(messages) {
  const months = new Map();
  for (const one of messages) months.set(monthOf(one), [...(months.get(monthOf(one)) ?? []), one]);
  return months;
}

function row(message) {
  const at = instant(message[0].at);
  const when = el("div", { class: "rehearsal-when" }, el("time", { datetime: message[0].at, title: day(at) }, el("strong", { text: shortDay(at) }), el("span", { text: `${weekday(at)} ${minute(at)}` })), el("span", { text: `${message[0].people.toLocaleString("ja-JP")}人` }));
  return el("li", {}, when, el("div", { class: "rehearsal-cards" }, message.map(card)));
}

function card(one) {
  const text = el("p", { class: "rehearsal-text", hidden: true, text: one.text });
  const open = button({ class: "rehearsal-title", "aria-expanded": "false", text: one.title, onclick: () => {
    text.hidden = !text.hidden;
    open.setAttribute("aria-expanded", String(!text.hidden));
  } });
  return el("div", {}, open, el("p", { class: "rehearsal-why", text: one.why }), text);
}
