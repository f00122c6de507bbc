// Who is there: every person under the official account they chat with, and the list that shows it.

import { el, button, icon } from "./dom.js";
import { avatar } from "./chat.js";
import { sim } from "./sim.js";
import { instant, minute, shortDay } from "./when.js";

const TINTS = 4;

export class People {
  constructor(list) {
    Object.assign(this, { list, channels: [], all: [], chosen: null, looking: false });
  }

  async load() {
    const [channels, people] = await Promise.all([sim.channels(), sim.people()]);
    this.channels = channels.map((channel, i) => ({ ...channel, tint: i % TINTS, mark: markOf(channel.name) }));
    this.all = people.map((one) => Object.assign(this.find(one.user_id) ?? {}, one));
    this.list.draw(this.channels, this.all, this.chosen?.user_id);
  }

  find(id) {
    return this.all.find((one) => one.user_id === id);
  }

  /** The person of that account who was chosen last, else its first. */
  onAccount(basicId) {
    const channel = this.channels.find((one) => one.basic_id === basicId);
    const own = this.all.filter((one) => one.channel === channel?.id);
    return own.find((one) => one.user_id === localStorage.getItem(channel.id)) ?? own[0];
  }

  choose(person) {
    this.chosen = person;
    localStorage.setItem(person.channel, person.user_id);
    this.list.mark(person.user_id);
  }

  looked(person, entry) {
    Object.assign(person, { lastEntry: entry ?? person.lastEntry, looked: entry?.n ?? 0, unread: 0 });
    this.list.preview(person.user_id, person.lastEntry, true);
  }

  /** The other chats' newest words and unread marks, and people who came by another way. */
  async lookAround() {
    if (this.looking) return;
    this.looking = true;
    try {
      const people = await sim.people();
      if (people.length !== this.all.length) await this.load();
      const lengths = new Map(people.map((one) => [one.user_id, one.last]));
      const changed = (person) => person !== this.chosen && lengths.get(person.user_id) !== (person.lastEntry?.n ?? 0);
      for (const person of this.all.filter(changed)) await this.lookAt(person);
    } catch {
      // the chosen chat's loop tells when the simulator is away
    }
    this.looking = false;
  }

  async lookAt(person) {
    const { entries } = await sim.chat(person.user_id, person.lastEntry?.n ?? 0);
    person.looked ??= entries.at(-1)?.n ?? 0;
    person.unread = (person.unread ?? 0) + entries.filter((one) => one.from === "bot" && one.n > person.looked).length;
    person.lastEntry = entries.at(-1) ?? person.lastEntry;
    this.list.preview(person.user_id, person.lastEntry, person === this.chosen, person.unread);
  }
}

export class PeopleList {
  /** `on` = { choose(userId), add(channelId) }. */
  constructor(box, on) {
    Object.assign(this, { box, on, rows: new Map() });
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

function markOf(name) {
  return name.match(/組合(\S)\S*支部/)?.[1] ?? [...name][0];
}
