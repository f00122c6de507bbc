// Shows a chat that has already happened one message after the other, so that it can be watched.

import { button, el } from "./dom.js";

const PACE = { person: 550, bot: 900 };

export class Replay {
  constructor(bar, chat) {
    Object.assign(this, { bar, chat, running: false, hurry: null });
  }

  /** Ends when all entries stand there, or when `stillWanted` says no. */
  async run(entries, stillWanted) {
    this.running = true;
    this.bar.hidden = false;
    const count = el("span", { "aria-hidden": true });
    this.bar.replaceChildren(el("span", { text: "会話を再生しています" }), count, button({ class: "step", text: "最後まで表示", onclick: () => this.stop() }));
    for (const [i, entry] of entries.entries()) {
      if (!this.running || !stillWanted()) break;
      this.chat.append([entry], { aloud: true });
      count.textContent = `${i + 1} / ${entries.length}`;
      await this.rest(PACE[entry.from] ?? PACE.bot);
    }
    this.running = false;
    this.bar.hidden = true;
  }

  stop() {
    this.running = false;
    this.hurry?.();
  }

  rest(milliseconds) {
    return new Promise((resolve) => {
      this.hurry = resolve;
      setTimeout(resolve, milliseconds);
    });
  }
}
