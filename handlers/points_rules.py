"""マイルール: the rules that one has chosen, kept day by day."""

from bot import MENU, Card, Choose, Done, Skip
from handlers.points_earning import cannot, onward, thanks
from handlers.points_person import SUBJECT, member, person, terms, to
from handlers.world import Talk, TalkFlow
from models.points_earning import choose_rules, chosen_rules, items_on, tick

rules = TalkFlow(
    "rules",
    title="マイルール",
    opens_with=(
        "マイルールを選びたい",
        "マイルールを記録したい",
        "マイルールを変えたい",
    ),
    subject=SUBJECT,
)


rules.step(person)


@rules.step
def rule(chat: Talk) -> Choose | Skip | Done:
    """Which rule was kept today, or other rules; straight to choosing for whoever has none yet."""
    one = member(chat)
    if no := cannot(chat, one):
        return no
    known = items_on(terms(chat), chat.today).my_rules
    mine = [each for each in chosen_rules(chat.db, one) if each in known]
    if not mine:
        return Skip("change")
    choices = {each: f"「{known[each].name}」ができた" for each in mine}
    choices["change"] = f"{_rules_name(chat)}を選び直す"
    return Choose("今日できたものを選んでください。", Card(_rules_name(chat)), choices=choices, by_hand=True)


@rules.step
def change(chat: Talk) -> Choose | Skip:
    """One rule more or less; not asked of whoever ticks one."""
    if chat["rule"] != "change":
        return Skip("")
    known = items_on(terms(chat), chat.today).my_rules
    mine = chosen_rules(chat.db, member(chat))
    choices = {key: f"「{each.name}」を{'外す' if key in mine else '加える'}" for key, each in known.items()}
    card = Card(f"{_rules_name(chat)}を選ぶ")
    return Choose("加えるもの、外すものを1つ選んでください。", card, choices=choices, by_hand=True)


@rules.step
def kept(chat: Talk) -> Done:
    """The rule is ticked, or one's rules are new."""
    one = member(chat)
    known = items_on(terms(chat), chat.today).my_rules
    if not chat["change"]:
        earned = tick(chat.db, terms(chat), one, chat["rule"], chat.now)
        first = f"「{known[chat['rule']].name}」、今日もできました。"
        return Done((thanks(chat, one, "my_rule", first, earned),), ways=onward(one))
    mine = set(chosen_rules(chat.db, one)) ^ {chat["change"]}
    again = to("rules", "今日できたものを記録する", one)
    if not mine:
        text = f"{_rules_name(chat)}は1つ以上必要です。先にほかのものを加えてから外してください。"
        return Done(
            (Card("外せませんでした", (text,), (to("rules", _rules_name(chat), one), MENU), tone="warn"),)
        )
    choose_rules(chat.db, terms(chat), one, mine, chat.now)
    names = tuple(f"・{known[each].name}" for each in known if each in mine)
    return Done(
        (Card(f"{_rules_name(chat)}を決めました", names, (again, MENU), tone="good"),), ways=onward(one)
    )


def _rules_name(chat: Talk) -> str:
    """What the branch calls the rules of one's own: マイルール, or 生活習慣チャレンジ."""
    return items_on(terms(chat), chat.today).earning["my_rule"].name
