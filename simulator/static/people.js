// The list of chats: every person, under the official account they are friends with.

import { el, button, icon } from "./dom.js";
import { avatar } from "./chat.js";
import { instant, minute, shortDay } from "./when.js";

export class PeopleList {
  /** `on` = { choose(userId), add(channelId) }. */
  constructor(box, on) {
    Object.assign(this, { box, on, rows: new Map(), seen: new Map() });
  }

  draw(channels, people, current) {
    this.rows.clear();
    this.box.replaceChildren(...channels.map((channel) => this.group(channel, people.filter((one) => one.channel === channel.id), current)));
    for (const one of people) this.preview(one.user_id, one.lastEntry, one.user_id === current, one.unread);
  }

  group(channel, people, current) {
    const rows = people.map((person) => this.row(channel, person, current));
    return el("section", { class: "group", "aria-label": channel.name },
      el("header", { class: "group-head" }, avatar(channel), el("h2", { text: channel.name }),
        button({ class: "ghost", "aria-label": `${channel.name}に新しい人を追加`, title: "新しい人を追加", onclick: () => this.on.add(channel.id) }, icon("i-plus"))),
      rows.length ? rows : el("p", { class: "hint", text: "友だちはまだいません。" }));
  }

  row(channel, person, current) {
    const parts = { words: el("span", { class: "person-words" }), time: el("time"), badge: el("span", { class: "badge", hidden: true }) };
    const row = button({ class: "person", "aria-current": person.user_id === current ? "true" : null, onclick: () => this.on.choose(person.user_id) },
      el("span", { class: "face", "aria-hidden": true, text: [...person.name][0] }),
      el("span", { class: "person-main" }, el("span", { class: "person-name", text: person.name }), parts.words),
      el("span", { class: "person-side" }, parts.time, parts.badge));
    this.rows.set(person.user_id, { row, ...parts });
    return row;
  }

  mark(current) {
    for (const [id, { row }] of this.rows) {
      if (id === current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  /** Shows the newest words, and how many of the bot's messages were not looked at yet. */
  preview(id, entry, looking, unread = 0) {
    const row = this.rows.get(id);
    if (!row) return;
    if (entry) {
      row.words.textContent = words(entry);
      row.time.textContent = `${shortDay(instant(entry.at))} ${minute(instant(entry.at))}`;
    }
    row.badge.hidden = looking || !unread;
    row.badge.textContent = unread > 99 ? "99+" : String(unread);
    row.badge.setAttribute("aria-label", `未読${unread}件`);
  }
}

function words(entry) {
  const said = (entry.raw?.altText ?? entry.text ?? "").replace(/\s+/g, " ");
  if (entry.kind === "sticker") return "スタンプを送りました";
  return said || (entry.kind === "image" ? "写真を送りました" : "");
}
