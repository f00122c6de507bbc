// What went wrong stays until it is read; what merely happened passes by.

import { el, button, icon } from "./dom.js";

export class Notices {
  constructor(bar, toasts) {
    Object.assign(this, { bar, toasts, line: null });
  }

  error(error) {
    if (error?.name === "AbortError") return;
    const words = error?.message || String(error);
    if ([...this.bar.children].some((one) => one.dataset.words === words)) return;
    const notice = el("div", { class: "notice", dataset: { words } }, el("span", { text: words }),
      button({ class: "notice-close", "aria-label": "この知らせを閉じる", onclick: () => notice.remove() }, icon("i-close")));
    this.bar.append(notice);
    if (this.bar.childElementCount > 3) this.bar.firstChild.remove();
  }

  toast(words) {
    const toast = el("p", { class: "toast", text: words });
    this.toasts.replaceChildren(toast);
    setTimeout(() => toast.remove(), 3600);
  }

  /** Shown while the simulator cannot be reached; goes by itself. */
  disconnected(lost) {
    if (lost === Boolean(this.line)) return;
    this.line?.remove();
    this.line = lost ? el("div", { class: "notice soft", text: "シミュレーターにつながりません。つながりしだい続けます。" }) : null;
    if (this.line) this.bar.prepend(this.line);
  }
}
