// Small windows that ask one thing: a date, a name, a choice.

import { el, button, icon } from "./dom.js";

const FIELDS = { date: "date", time: "time", datetime: "datetime-local" };

/** Shows a window and answers what was chosen, or null when it was closed. */
export function ask(title, build, kind = "") {
  return new Promise((resolve) => {
    const dialog = el("dialog", { class: `ask ${kind}`, "aria-label": title });
    const done = (value) => {
      resolve(value);
      dialog.close();
    };
    dialog.append(
      el("header", {}, el("h2", { text: title }), button({ class: "ghost", "aria-label": "閉じる", onclick: () => done(null) }, icon("i-close"))),
      ...[build(done)].flat());
    dialog.addEventListener("cancel", () => resolve(null));
    dialog.addEventListener("click", (event) => event.target === dialog && done(null));
    dialog.addEventListener("close", () => {
      resolve(null);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** The date or time that a datetimepicker action asks for, as LINE sends it. */
export function pickDate(action) {
  const mode = FIELDS[action.mode] ? action.mode : "date";
  const dot = (value) => value?.replace("t", "T");
  return ask(action.label || "日時を選ぶ", (done) => {
    const field = el("input", { type: FIELDS[mode], required: true, value: dot(action.initial), min: dot(action.min), max: dot(action.max), "aria-label": "日時" });
    const send = (event) => {
      event.preventDefault();
      done(field.value);
    };
    return el("form", { onsubmit: send }, field, bounds(action), el("div", { class: "ask-foot" }, el("button", { type: "submit", class: "solid", text: "送信" })));
  });
}

function bounds({ min, max }) {
  if (!min && !max) return null;
  const read = (value) => (value ?? "").replace(/^(\d+)-0?(\d+)-0?(\d+)[tT]?/, "$1年$2月$3日 ").trim();
  return el("p", { class: "hint", text: `選べるのは${min ? `${read(min)}から` : ""}${max ? `${read(max)}まで` : ""}です。` });
}

export function askPerson(channels, chosen) {
  return ask("新しい人をつくる", (done) => {
    const name = el("input", { required: true, maxlength: 20, placeholder: "例：山田 花子" });
    const channel = el("select", {}, channels.map((one) => el("option", { value: one.id, text: one.name, selected: one.id === chosen })));
    const send = (event) => {
      event.preventDefault();
      if (name.value.trim()) done({ name: name.value.trim(), channel: channel.value });
    };
    return el("form", { onsubmit: send },
      el("label", {}, el("span", { text: "LINE の表示名" }), name),
      el("label", {}, el("span", { text: "友だちになる公式アカウント" }), channel),
      el("p", { class: "hint", text: "友だち追加をすると、あいさつが届きます。会員の確認（連携）はまだの状態です。" }),
      el("div", { class: "ask-foot" }, el("button", { type: "submit", class: "solid", text: "友だちに追加する" })));
  });
}

/** One of several things to do; `choices` = [[value, words, icon?], …]. */
export function choose(title, choices, words = "") {
  return ask(title, (done) => [
    words && el("p", { class: "hint", text: words }),
    el("div", { class: "choices" }, choices.map(([value, label, name]) => button({ class: "choice", onclick: () => done(value) }, name && icon(name), label))),
  ].filter(Boolean));
}
