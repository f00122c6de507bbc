// The talk files: play one from beginning to end, then watch it in the phone.

import { el, button, icon } from "./dom.js";
import { sim } from "./sim.js";

export class Talks {
  /** `on` = { error(error), played(userId) }. */
  constructor(pane, on) {
    Object.assign(this, { pane, on, talks: null, playing: false });
  }

  async show(channelNames) {
    try {
      this.talks = await sim.talks();
    } catch (error) {
      this.pane.replaceChildren(el("p", { class: "hint", text: "会話の一覧を読めませんでした。" }));
      this.on.error(error);
      return;
    }
    this.draw(channelNames);
  }

  draw(channelNames) {
    if (!this.talks.length) return this.pane.replaceChildren(el("p", { class: "hint", text: "再生できる会話はまだありません。" }));
    this.filter = el("input", { type: "search", placeholder: "会話をさがす", "aria-label": "会話をさがす", oninput: () => this.narrow() });
    this.rows = this.talks.map((talk) => this.row(talk, channelNames.get(talk.channel) ?? talk.channel));
    this.pane.replaceChildren(
      el("p", { class: "hint", text: "書いてある会話を最初から最後まで動かします。話す人は新しく作られます。" }),
      this.filter, el("ul", { class: "talks" }, this.rows.map((row) => row.item)));
  }

  row(talk, channel) {
    const state = el("div", { class: "talk-state", role: "status" });
    const play = button({ class: "talk-play", "aria-label": `「${talk.title}」を再生`, onclick: () => this.play(talk, row) }, icon("i-play"));
    const item = el("li", { class: "talk" }, play, el("div", { class: "talk-main" }, el("span", { class: "talk-title", text: talk.title }), el("span", { class: "talk-id", text: `${channel}・${talk.id}` }), state));
    const row = { talk, item, state, play };
    return row;
  }

  narrow() {
    const wanted = this.filter.value.trim().toLowerCase();
    for (const { talk, item } of this.rows) item.hidden = !`${talk.title} ${talk.id}`.toLowerCase().includes(wanted);
  }

  async play(talk, row) {
    if (this.playing) return;
    this.busy(true, row);
    row.state.className = "talk-state";
    row.state.textContent = "動かしています…";
    try {
      const result = await sim.play(talk.id);
      report(row.state, result);
      this.on.played(result.user_id);
    } catch (error) {
      row.state.textContent = "再生できませんでした。";
      this.on.error(error);
    }
    this.busy(false, row);
  }

  busy(playing, row) {
    this.playing = playing;
    row.item.classList.toggle("playing", playing);
    for (const { play } of this.rows) play.disabled = playing;
  }
}

function report(state, { ok, failures }) {
  state.className = `talk-state ${ok ? "good" : "bad"}`;
  if (ok) return state.replaceChildren("書いてあるとおりでした");
  state.replaceChildren("書いてあることと違うところがあります", el("ul", {}, (failures ?? []).map((one) => el("li", { text: words(one) }))));
}

function words(failure) {
  if (typeof failure === "string") return failure;
  const { line, message, ...rest } = failure;
  return [line && `${line}行目`, message ?? JSON.stringify(rest)].filter(Boolean).join("：");
}
