// The phone page: puts its parts together and keeps the chosen chat up to date.

import { byId, icon } from "./dom.js";
import { sim } from "./sim.js";
import { Chat } from "./chat.js";
import { Composer, asPng } from "./composer.js";
import { Notices } from "./notices.js";
import { Panel } from "./panel.js";
import { People, PeopleList } from "./people.js";
import { Replay } from "./replay.js";
import { QuickReplies, RichMenu } from "./richmenu.js";
import { Drawers } from "./drawers.js";
import { actions } from "./actions.js";
import { askPerson, choose } from "./dialogs.js";

const LOOK_BACK = 30;
const PREVIEWS_EVERY = 6000;
const CHAT_PATH = "/R/oaMessage/";
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Phone {
  constructor() {
    this.current = null;
    this.notices = new Notices(byId("notices"), byId("toasts"));
    this.drawers = new Drawers();
    this.act = actions(this);
    this.chat = new Chat(byId("chat"), byId("entries"), byId("live"), this.act);
    this.menu = new RichMenu(byId("menu"), (area, event) => this.act.menu(area, event));
    this.quick = new QuickReplies(byId("quick"), (item, event) => this.act.quick(item, event));
    this.composer = new Composer({
      say: (text) => this.perform((id) => sim.say(id, text)),
      sticker: (stickerId) => this.perform((id) => sim.sticker(id, { packageId: "1", stickerId })),
      photo: (file) => this.sendPhoto(file),
      scan: () => this.panel.posters.walk(),
    });
    this.people = new People(new PeopleList(byId("people-list"), { choose: (id) => this.choose(id), add: (channel) => this.addPerson(channel) }));
    this.panel = new Panel({
      error: (error) => this.notices.error(error),
      toast: (words) => this.notices.toast(words),
      moved: () => this.people.lookAround(),
      scanned: (facility) => this.scanned(facility),
      photographed: (png) => this.sendPng(png),
      unsend: (entry) => this.perform((id) => sim.unsend(id, entry.n)),
      redeliver: (entry) => this.perform((id) => sim.redeliver(id, entry.event)).then((sent) => sent && this.notices.toast("もう一度届けました")),
      played: (id) => this.watch(id),
    });
    this.replay = new Replay(byId("replaybar"), this.chat);
    byId("more").append(icon("i-more"));
    byId("more").addEventListener("click", () => this.more());
  }

  async start() {
    while (!(await this.loadPeople())) await pause(2000);
    const chatLink = location.pathname.startsWith(CHAT_PATH) ? location : null;
    const first = chatLink ? this.reader(chatLink) : this.people.find(hashId()) ?? this.people.all[0];
    if (first) await this.choose(first.user_id);
    if (chatLink) this.act.openChat(`https://line.me${chatLink.pathname}${chatLink.search}`);
    if (chatLink) history.replaceState(null, "", `/#${encodeURIComponent(first?.user_id ?? "")}`);
    addEventListener("hashchange", () => this.choose(hashId()));
    addEventListener("visibilitychange", () => document.hidden || this.refresh());
    this.panel.talks.show(new Map(this.people.channels.map((one) => [one.id, one.name])));
    setInterval(() => document.hidden || this.people.lookAround(), PREVIEWS_EVERY);
    this.people.lookAround();
  }

  /** Who follows a link to a chat: the person last chosen on that account, else its first. */
  reader({ pathname }) {
    const person = this.people.onAccount(decodeURIComponent(pathname.slice(CHAT_PATH.length)).replace(/\/$/, ""));
    if (!person) this.notices.error(new Error("このリンクの公式アカウントは、ここにはありません。"));
    return person;
  }

  async loadPeople() {
    try {
      await this.people.load();
      this.notices.disconnected(false);
      return true;
    } catch {
      this.notices.disconnected(true);
      return false;
    }
  }

  // --- one chat -------------------------------------------------------------------------------

  async choose(id, { replay = false } = {}) {
    const person = this.people.find(id);
    if (!person || (person === this.current && !replay)) return this.drawers.close();
    if (this.current) this.drawers.close();
    this.current = person;
    this.version = 0;
    this.waiting?.abort();
    this.replay.stop();
    this.waiting = new AbortController();
    history.replaceState(null, "", `#${encodeURIComponent(id)}`);
    this.people.choose(person);
    this.composer.clear();
    this.show(person);
    try {
      const answer = await sim.chat(id);
      if (this.current !== person) return;
      if (replay) await this.replay.run(answer.entries, () => this.current === person);
      this.apply(answer, { aloud: false });
    } catch (error) {
      this.notices.error(error);
    }
    if (this.current === person) void this.follow(person, this.waiting.signal);
  }

  show(person) {
    const channel = this.people.channels.find((one) => one.id === person.channel);
    byId("bot-name").textContent = channel.name;
    byId("person-name").textContent = `${person.name} さんのスマートフォン`;
    document.title = `${person.name}｜${channel.name}`;
    this.chat.clear(channel);
    this.menu.show(null);
    this.menu.open = true;
    this.quick.show([]);
    this.showFacilities(channel.id);
  }

  async showFacilities(channel) {
    if (this.shownChannel === channel) return;
    this.shownChannel = channel;
    this.panel.rehearsal.turnTo(channel);
    try {
      await this.panel.posters.expect(sim.facilities(channel));
    } catch (error) {
      this.shownChannel = null;
      this.panel.posters.show([]);
      this.notices.error(error);
    }
  }

  /** Keeps asking what is new until another chat is chosen. */
  async follow(person, signal) {
    while (!signal.aborted) {
      const asked = Date.now();
      try {
        this.apply(await sim.wait(person.user_id, this.chat.last, this.version, signal), { person });
        this.notices.disconnected(false);
        if (Date.now() - asked < 150) await pause(150);
      } catch (error) {
        if (signal.aborted) return;
        if (error.status) this.notices.error(error);
        else this.notices.disconnected(true);
        await pause(2000);
      }
    }
  }

  apply(answer, { person = this.current, aloud = true } = {}) {
    if (person !== this.current) return;
    this.version = Math.max(this.version, answer.version ?? 0);
    this.chat.append(answer.entries, { aloud });
    this.chat.loading(answer.loading);
    this.menu.show(answer.menu);
    this.quick.show(answer.blocked ? [] : answer.quick);
    this.composer.takeDraft(answer.draft);
    this.showStanding(answer);
    this.people.looked(person, this.chat.newest(() => true));
  }

  async refresh() {
    const person = this.current;
    if (!person || this.replay.running) return;
    try {
      const answer = await sim.chat(person.user_id, Math.max(0, this.chat.last - LOOK_BACK));
      if (person !== this.current) return;
      this.chat.reconcile(answer.entries);
      this.apply(answer, { person });
    } catch (error) {
      this.notices.error(error);
    }
  }

  /** Does something as the person; says in words what went wrong. True when it was done. */
  async perform(act) {
    if (!this.current) return false;
    this.menu.toggle(false);
    try {
      await act(this.current.user_id);
      return true;
    } catch (error) {
      this.notices.error(error);
      return false;
    } finally {
      this.refresh();
    }
  }

  async sendPhoto(file) {
    try {
      await this.sendPng(await asPng(file));
    } catch (error) {
      this.notices.error(error);
    }
  }

  sendPng(dataUri) {
    this.drawers.close();
    return this.perform((id) => sim.photo(id, dataUri.slice(dataUri.indexOf(",") + 1)));
  }

  scanned(facility) {
    this.drawers.close();
    this.act.openChat(facility.url, facility.code);
  }

  // --- people ---------------------------------------------------------------------------------

  async addPerson(channel) {
    const wanted = await askPerson(this.people.channels, channel);
    if (!wanted) return;
    try {
      const { user_id } = await sim.addPerson(wanted.channel, wanted.name);
      await this.loadPeople();
      this.choose(user_id);
    } catch (error) {
      this.notices.error(error);
    }
  }

  async more() {
    if (!this.current) return;
    const blocking = this.standing !== "friend" ? ["unblock", "友だちに戻す（ブロック解除）"] : ["block", "この公式アカウントをブロックする"];
    const chosen = await choose(`${this.current.name} さん`, [blocking, ["add", "新しい人をつくる"]], `利用者ID ${this.current.user_id}`);
    if (chosen === "add") this.addPerson(this.current.channel);
    else if (chosen) this.perform((id) => sim[chosen](id));
  }

  /** Friend, stranger or blocked: who is blocked cannot write. */
  showStanding({ blocked, friend }) {
    const standing = blocked ? "blocked" : friend === false ? "stranger" : "friend";
    if (this.standing === standing) return;
    this.standing = standing;
    byId("composer").hidden = standing === "blocked";
    this.act.standingBar(byId("standing"), standing);
  }

  async watch(id) {
    await this.loadPeople();
    this.choose(id, { replay: true });
  }

}

function hashId() {
  return decodeURIComponent(location.hash.slice(1));
}

new Phone().start();
