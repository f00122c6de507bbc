// What a tap does: one rule for each of LINE's actions.

import { button, el } from "./dom.js";
import { sim } from "./sim.js";
import { ask, choose, pickDate } from "./dialogs.js";

const STANDINGS = { blocked: ["ブロックしています。メッセージは届きません。", "解除する"], stranger: ["まだ友だちではありません。", "友だちに追加する"] };
const CHAT_LINK = /^https:\/\/line\.me\/R\/oaMessage\/([^/?]+)\/?\??(.*)$/;

export function actions(phone) {
  const act = {
    press: (entry, action, found) => (event) => tapped(action, { label: found?.label ?? action.label ?? "", n: entry.n, index: found?.index }, event),
    menu: (area, event) => tapped(area.action ?? area, { label: area.label, from: "menu" }, event),
    quick: (item, event) => tapped(quickAction(phone, item), { label: item.label, from: "quick" }, event),
    uri: (address, event) => openAddress(address, event),
    photo: (entry) => entry.image,
    showRaw: (entry) => {
      phone.panel.raw.show(entry);
      phone.panel.choose("raw");
      phone.drawers.showPanel();
    },
    openChat,
    standingBar: (bar, standing) => {
      const [words, label] = STANDINGS[standing] ?? [];
      bar.hidden = !words;
      bar.replaceChildren(el("span", { text: words ?? "" }), button({ class: "step strong", text: label ?? "", onclick: () => phone.perform((id) => sim.unblock(id)) }));
    },
  };

  function tapped(action, what, event) {
    const rule = { uri, datetimepicker, clipboard, camera: photo, cameraRoll: photo }[action.type];
    return rule ? rule(action, what, event) : phone.perform((id) => sim.tap(id, what)).then((done) => done && keyboard(action));
  }

  async function datetimepicker(action, what) {
    const value = await pickDate(action);
    if (value) phone.perform((id) => sim.pick(id, { ...what, value }));
  }

  async function clipboard(action) {
    await navigator.clipboard.writeText(action.clipboardText).catch(() => null);
    phone.notices.toast("コピーしました");
  }

  function photo() {
    phone.composer.file.click();
  }

  function uri(action, what, event) {
    if (action.uri) openAddress(action.uri, event);
    else phone.perform(async (id) => offerPage((await sim.open(id, what)).url));
  }

  /** The simulator knew where the link goes: a tap of the person opens the tab. */
  function offerPage(address) {
    if (CHAT_LINK.test(address)) return openChat(address);
    return ask("ページを開く", (done) => el("div", { class: "choices" },
      el("a", { class: "choice", href: address, target: "_blank", rel: "noopener", text: "新しいタブで開く", onclick: () => done(null) })));
  }

  function openAddress(address, event) {
    const link = event?.currentTarget?.tagName === "A";
    if (CHAT_LINK.test(address)) {
      event?.preventDefault();
      openChat(address);
    } else if (address.startsWith("tel:")) {
      event?.preventDefault();
      choose("電話をかける", [["", "閉じる"]], `ここでは電話はかかりません。番号は ${address.slice(4)} です。`);
    } else {
      if (!link && event?.currentTarget?.getAttribute?.("role") !== "link") window.open(address, "_blank", "noopener");
      phone.notices.toast("別のタブで開きました。終わったらここに戻ってください。");
    }
  }

  /** LINE's link to a chat: opens that account's chat with the words in the box, not yet sent. */
  function openChat(address, fallback = "") {
    const words = CHAT_LINK.exec(address)?.[2];
    phone.menu.toggle(false);
    phone.composer.prefill(words ? decodeURIComponent(words) : fallback);
    phone.notices.toast("入力欄に文字が入りました。送信を押してください。");
  }

  /** A button may ask for the keyboard, or to put the menu away. */
  function keyboard(action) {
    if (action.inputOption === "closeRichMenu") phone.menu.toggle(false);
    if (action.inputOption === "openRichMenu") phone.menu.toggle(true);
    if (action.inputOption === "openKeyboard") phone.composer.text.focus();
  }

  return act;
}

/** The whole action behind a quick reply: the list of them gives only its name. */
function quickAction(phone, item) {
  const last = phone.chat.newest((entry) => entry.from === "bot");
  const found = last?.raw?.quickReply?.items?.find(({ action }) => action.label === item.label);
  return found?.action ?? item;
}
