"""Whom a broadcast reaches: the query finds exactly those whom the rules, asked person by person, would name."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from models import coupons, mailing, paper, segments
from models.base import Database, Refusal
from models.branch import Branch, load_branch
from models.broadcast_drafts import new_draft
from models.broadcast_lists import ListedPerson, hand_over, list_of, new_page, open_page, take_in
from models.broadcast_retention import forget_old_lists
from models.broadcasts import Broadcast
from models.calendar import Event
from models.concerns import concerns, did, is_done
from models.conditions import Aged, Condition, Employed, Listed, OfKind, OfSex, WorksAt
from models.conversation import Conversation, Place
from models.days import age_on
from models.facility import all_facilities
from models.imports import import_facilities, import_members
from models.mailing import MailingBatch
from models.member import Holder, Link, Number, holder
from models.paper import why_not
from models.paper_confirming import confirm
from models.points_imports import import_grants
from models.points_ledger import lots
from models.programme_conditions import CouponUnused, InProgramme, NotDoneYet, PointsExpiring
from models.segments import Segment, stands
from models.staff import Role, StaffMember, accept, invite
from models.table_file import BadRows
from models.told_condition import Told
from settings import ROOT
from tests.conftest import ENGINES
from tests.quiet_house import SPRING, new_database

TODAY = date(2024, 8, 1)
ALONE = (  # spouses of nobody, of a voluntary member, and of a member who has left
    "20099901,例示 一,レイジ イチ,1980-08-08,F,spouse,,2024-04-01,,,,,,",
    "20006101,例示 二,レイジ ニ,1980-08-08,F,spouse,,2024-04-01,,,,,,",
    "20002101,例示 三,レイジ サン,1980-08-08,F,spouse,,2024-04-01,,,,,,",
)
USES = 12


class Town:
    """A branch's demo members, each in a chat of their own but for some pairs; one chat is blocked, one link ended."""

    def __init__(self, database: Database, branch: Branch, first_chat: int, folder: Path) -> None:
        self.database, self.branch, self.first_chat = database, branch, first_chat
        demo = branch.folder / "demo"
        members = (demo / "members.csv").read_text("utf-8")
        file = folder / f"{branch.id}.csv"
        file.write_text("\n".join([members.rstrip(), *(ALONE if branch.coupons else ())]), "utf-8")
        import_members(database, branch.id, file, now=SPRING)
        if branch.points:
            import_grants(database, branch.points, demo / "grants.csv", now=SPRING)
        if branch.coupons:
            import_facilities(database, branch.id, demo / "facilities.csv")
        self.chat_of: dict[int, int] = {}
        database.run(self._link)
        if branch.coupons:
            database.run(self._use)
        if branch.paper:
            database.run(self._change_to_paper)
        with database.reading() as db:
            self.holders = {each: found for each in self.chat_of if (found := holder(db, each))}

    def _link(self, db: Connection) -> None:
        known = select(Number.person_id).where(Number.branch == self.branch.id).distinct()
        people = db.execute(known.order_by(Number.person_id)).scalars().all()
        for place, person in enumerate(people):
            chat = self.first_chat + place - (place % 7 == 6)
            if place % 7 != 6:
                row = {"branch": self.branch.id, "user_id": f"U{place}", "blocked": place == 3, "turn": 0}
                db.execute(
                    insert(Conversation), row | {"id": chat, "place": Place().dump(), "updated_at": SPRING}
                )
            live = None if place == 1 else True
            link = {"chat_id": chat, "person_id": person, "linked_at": SPRING, "live": live}
            db.execute(insert(Link), link)
            if live and place != 3:
                self.chat_of[person] = chat

    def _use(self, db: Connection) -> None:
        """Some coupons are used."""
        chance, dated = Random(6), self.branch.coupons
        assert dated is not None
        places = list(all_facilities(db, self.branch.id))
        for person in chance.choices(list(self.chat_of), k=USES):
            one = holder(db, person)
            if one is None:
                continue
            usable = [
                (place, found.kind)
                for place in places
                for found in coupons.usable_at(db, dated, one, place, TODAY)
            ]
            if usable:
                place, kind = chance.choice(usable)
                now = datetime(2024, 8, 1, 3, 0, tzinfo=SPRING.tzinfo)
                coupons.redeem(db, dated, one, place, kind, 1, now)

    def _change_to_paper(self, db: Connection) -> None:
        """One of them has paper coupons, and no electronic ones any more."""
        dated, papers, branch = self.branch.coupons, self.branch.paper, self.branch.id
        assert dated
        assert papers
        now = datetime(2024, 8, 2, 3, 0, tzinfo=SPRING.tzinfo)
        for person in self.chat_of:
            one = holder(db, person)
            if (
                one
                and coupons.held(db, dated, one, TODAY).coupons
                and not why_not(papers.on(TODAY), one, TODAY)
            ):
                told = {"reason": "other", "words": "", "message_id": ""}
                made = paper.ask(db, branch, one, TODAY, **told, now=now)
                confirm(db, branch, dated, papers, made, by=1, now=now)
                return

    def employed(self, *roles: Role) -> StaffMember:
        assert self.branch.staff is not None
        terms, chat = self.branch.staff.on(TODAY), min(self.chat_of.values())

        def work(db: Connection) -> StaffMember:
            code = invite(db, self.branch.id, roles, "", terms, "test", SPRING)
            made = accept(db, self.branch.id, chat, code, terms, SPRING)
            assert made is not None
            return made

        return self.database.run(work)

    def reached(self, segment: Segment) -> list[int]:
        with self.database.streaming() as db:
            found = list(segments.chats(db, self.branch, segment, TODAY))
            assert segments.count(db, self.branch, segment, TODAY) == len(found)
        return found

    def told_one_by_one(self, segment: Segment) -> list[int]:
        with self.database.reading() as db:
            chats = {
                self.chat_of[person]
                for person, one in self.holders.items()
                if one.on(TODAY)
                and all(self.meets(db, one, each) for each in segment.having)
                and not any(self.meets(db, one, each) for each in segment.without)
            }
        return sorted(chats)

    def meets(self, db: Connection, one: Holder, condition: Condition) -> bool:
        """The rule, asked of one person."""
        period = one.on(TODAY)
        assert period is not None
        match condition:
            case Aged(least, most, on):
                return least <= age_on(period.birthdate, date.fromisoformat(on)) <= most
            case OfSex(sex):
                return period.sex == sex
            case OfKind(of):
                return period.kind == of
            case Employed(employment):
                return period.employment == employment
            case WorksAt(workplace):
                return period.workplace == workplace
            case InProgramme("points"):
                return period.kind == "member"
            case InProgramme("coupon"):
                return self._held(db, one).code not in (
                    *("paper_only", "on_paper", "kind", "lost", "no_terms", "no_member"),
                )
            case CouponUnused(product):
                return any(each.product == product and each.remaining for each in self._held(db, one).coupons)
            case PointsExpiring(by):
                last = date.fromisoformat(by)
                return sum(lot.left for lot in lots(db, one.id, TODAY) if lot.last_day <= last) > 0
            case NotDoneYet(uid):
                event = self.event(uid)
                what = did(db, self.branch, one, TODAY)
                return (
                    concerns(event, one, TODAY)
                    and (not event.follows or event.follows in what.papers)
                    and not is_done(event, what, TODAY)
                )
        raise AssertionError(condition)

    def event(self, uid: str) -> Event:
        assert self.branch.calendar is not None
        return next(each for each in self.branch.calendar.year(2024) if each.uid == uid)

    def _held(self, db: Connection, one: Holder) -> coupons.Held:
        assert self.branch.coupons is not None
        return coupons.held(db, self.branch.coupons, one, TODAY)


@pytest.fixture(scope="module", params=ENGINES)
def towns(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Town]]:
    """Two branches in one database: neither's people are the other's."""
    folder = tmp_path_factory.mktemp("towns")
    databases = new_database(request, folder)
    database = Database(next(databases))
    yield {
        name: Town(database, load_branch(ROOT / "branches" / name), 1 + 1_000 * place, folder)
        for place, name in enumerate(("saitama", "kagawa"))
    }
    database.close()
    next(databases, None)


@pytest.fixture(params=["saitama", "kagawa"])
def town(towns: dict[str, Town], request: pytest.FixtureRequest) -> Town:
    return towns[request.param]


@pytest.fixture
def saitama(towns: dict[str, Town]) -> Town:
    return towns["saitama"]


def conditions(branch: Branch) -> list[Condition]:
    """One of each kind, and the days that matter."""
    found: list[Condition] = [
        *(OfSex(sex) for sex in "MF"),
        *(OfKind(kind) for kind in ("member", "spouse", "voluntary", "dependent")),
        *(Aged(least, least + 9, on) for least in (20, 40, 50) for on in ("2024-04-01", "2024-02-29")),
        Employed("regular"),
        Employed("reappointed_under_20h"),
        WorksAt("見本小学校"),
        InProgramme("points" if branch.points else "coupon"),
        *(PointsExpiring(by) for by in (("2025-03-31", "2026-03-31") if branch.points else ())),
    ]
    if branch.coupons:
        found += [CouponUnused(product) for product in branch.coupons.on(TODAY).products]
    assert branch.calendar is not None
    return found + [NotDoneYet(each.uid) for each in branch.calendar.year(2024) if each.last >= TODAY]


def test_every_condition_with_and_without_reaches_those_the_rules_name(town: Town) -> None:
    everybody = town.reached(Segment())
    assert everybody == town.told_one_by_one(Segment())

    reached = set()
    for condition in conditions(town.branch):
        having, without = Segment((condition,)), Segment(without=(condition,))

        assert town.reached(having) == town.told_one_by_one(having), condition
        assert town.reached(without) == town.told_one_by_one(without), condition
        reached.add(len(town.reached(having)))
    assert len(reached) > 3, "the conditions tell nobody apart"


def test_any_conditions_together_reach_those_the_rules_name(town: Town) -> None:
    chance, known = Random(1), conditions(town.branch)

    for _ in range(40):
        some = chance.sample(known, chance.randint(1, 4))
        cut = chance.randint(0, len(some))
        segment = Segment(tuple(some[:cut]), tuple(some[cut:]))
        assert town.reached(segment) == town.told_one_by_one(segment), segment
        assert Segment.load(segment.dump()) == segment


def test_a_chat_that_holds_two_persons_counts_once(saitama: Town) -> None:
    chats = list(saitama.chat_of.values())

    assert len(set(chats)) < len(chats)
    assert len(saitama.reached(Segment())) == len(set(saitama.reached(Segment())))


def test_who_is_told_in_another_chat_is_not_counted_as_blocked(saitama: Town) -> None:
    def work(db: Connection) -> segments.Reach:
        (blocked,) = db.execute(
            select(Link.person_id)
            .join(Conversation, Conversation.id == Link.chat_id)
            .where(Conversation.blocked, Conversation.branch == saitama.branch.id)
        ).scalars()
        other = max(saitama.chat_of.values())
        row = {"chat_id": other, "person_id": blocked, "linked_at": SPRING, "live": True}
        db.execute(insert(Link), row)
        found = segments.reach(db, saitama.branch, Segment(), TODAY)
        db.execute(delete(Link).where(Link.chat_id == other, Link.person_id == blocked))
        return found

    assert saitama.database.run(work).blocked == 0


def test_who_is_blocked_or_not_linked_is_counted_beside(saitama: Town) -> None:
    with saitama.database.reading() as db:
        found = segments.reach(db, saitama.branch, Segment(), TODAY)

    assert found.chats == len(saitama.reached(Segment()))
    assert found.blocked == 1
    assert found.unlinked == 1


def test_a_list_goes_on_after_any_chat(saitama: Town) -> None:
    everybody = saitama.reached(Segment())

    with saitama.database.streaming() as db:
        for place, chat in enumerate(everybody):
            rest = list(segments.chats(db, saitama.branch, Segment(), TODAY, after=chat))
            assert rest == everybody[place + 1 :]


def test_who_was_told_by_a_broadcast_or_may_have_been_is_found_by_the_chat(saitama: Town) -> None:
    one, *others = saitama.reached(Segment())
    fates = (
        ("accepted", (one, others[0]), (others[0],)),
        ("unknown", (others[1],), ()),
        ("refused", (others[2],), ()),
        ("stopped", (others[3],), ()),
        (None, (others[4],), ()),
    )
    with saitama.database.transaction() as db:
        first, rest, another = (
            mailing.create(
                db,
                branch="saitama",
                purpose="broadcast",
                about=about,
                subject="",
                messages="[]",
                now=SPRING,
            )
            for about in ("first", "rest", "another")
        )
        for place, (outcome, chats, left_out) in enumerate(fates):
            to = first if place == 0 else rest
            mailing.add_batches(db, to, chats, due_at=SPRING)
            last = select(func.max(MailingBatch.id)).scalar_subquery()
            values = {"outcome": outcome, "left_out_ids": mailing.as_json(left_out)}
            db.execute(update(MailingBatch).where(MailingBatch.id == last).values(**values))
        mailing.add_batches(db, another, others, due_at=SPRING)
        db.execute(update(MailingBatch).where(MailingBatch.mailing_id == another).values(outcome="accepted"))
    told = Told(1, "見学会", first, rest)
    person = next(person for person, chat in saitama.chat_of.items() if chat == one)
    elsewhere = {"chat_id": others[5], "person_id": person}
    with saitama.database.transaction() as db:
        db.execute(insert(Link), elsewhere | {"linked_at": SPRING, "live": True})

    assert saitama.reached(Segment((told,))) == sorted((one, others[1]))
    assert saitama.reached(Segment(without=(told,))) == sorted({*others} - {others[1]})
    assert Segment.load(Segment((told,)).dump()) == Segment((told,))
    with saitama.database.transaction() as db:
        db.execute(delete(Link).filter_by(**elsewhere))


@pytest.mark.parametrize(("most", "words"), [(40, "40歳（2024年4月1日"), (49, "40〜49歳（2024年4月1日")])
def test_one_age_is_said_as_one(most: int, words: str) -> None:
    branch = load_branch(ROOT / "branches" / "saitama")

    assert Aged(40, most, "2024-04-01").in_words(branch).startswith(words)


def test_a_condition_of_another_release_is_refused_in_words() -> None:
    with pytest.raises(Refusal, match="選び直して"):
        Segment.load('{"having":[{"kind":"star_sign","sign":"lion"}]}')


# Lists of numbers


def uploaded(town: Town, folder: Path, content: bytes) -> Listed:
    file = folder / "番号.csv"
    file.write_bytes(content)

    made = take_in(town.database, town.branch.id, file, SPRING)

    def work(db: Connection) -> Listed:
        page = new_page(db, 1, SPRING)
        assert hand_over(db, page, made)
        assert open_page(db, page, SPRING) is None, "an upload page is good once"
        assert list_of(db, page, 1)
        assert list_of(db, page, 2) is None, "another chat's page"
        return Listed(made.list_id, made.people)

    return town.database.run(work)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_file_of_numbers_is_a_condition(saitama: Town, tmp_path: Path, encoding: str) -> None:
    listed = uploaded(saitama, tmp_path, "number\n123456\n２００００１\n123456\n".encode(encoding))

    assert listed.people == 2
    assert set(saitama.reached(Segment((listed,)))) <= set(saitama.reached(Segment()))
    assert len(saitama.reached(Segment(without=(listed,)))) < len(saitama.reached(Segment()))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("number\n999999\n", "2行目 番号「999999」: この番号の人は登録されていません"),
        ("number\nあ\n", "4〜12文字の英数字"),
        ("番号\n", "番号が1つもありません"),
        ("組合員番号,氏名\n123456,見本 桜\n", "番号の列だけを残して"),
        ("", "番号が1つもありません"),
    ],
    ids=["unknown", "no number", "empty", "other columns", "nothing"],
)
def test_a_file_of_numbers_with_mistakes_says_each(
    saitama: Town, tmp_path: Path, content: str, problem: str
) -> None:
    with pytest.raises(BadRows) as bad:
        uploaded(saitama, tmp_path, content.encode())

    assert problem in bad.value.in_words()


def test_a_file_in_another_encoding_is_told_so(saitama: Town, tmp_path: Path) -> None:
    with pytest.raises(BadRows) as bad:
        uploaded(saitama, tmp_path, "number\n１２３４５６\n".encode("utf-16"))

    assert "UTF-8 か Shift_JIS" in bad.value.in_words()


@pytest.mark.parametrize(
    ("state", "days", "stays"),
    [("sent", 89, True), ("sent", 91, False), ("draft", 91, True), ("approved", 91, True)],
)
def test_a_list_is_kept_for_the_term_and_for_what_is_not_over(
    saitama: Town, tmp_path: Path, state: str, days: int, stays: bool
) -> None:
    listed = uploaded(saitama, tmp_path, b"number\n123456\n")
    one = saitama.employed("drafter")

    def work(db: Connection) -> int:
        audience = Segment((listed,)).dump()
        number = new_draft(db, saitama.branch.id, one, "見学会", SPRING, audience=audience)
        db.execute(update(Broadcast).where(Broadcast.id == number).values(state=state))
        forget_old_lists(db, saitama.branch, SPRING + timedelta(days=days))
        people = select(func.count()).where(ListedPerson.list_id == listed.list_id)
        left: int = db.execute(people).scalar_one()
        db.execute(update(Broadcast).values(state="sent"))
        forget_old_lists(db, saitama.branch, SPRING + timedelta(days=999))
        db.execute(delete(Broadcast))
        return left

    assert saitama.database.run(work) == int(stays)


@pytest.mark.parametrize("side", ["having", "without"])
def test_a_list_that_is_gone_reaches_nobody_rather_than_everybody(
    saitama: Town, tmp_path: Path, side: str
) -> None:
    listed = uploaded(saitama, tmp_path, b"number\n123456\n")
    segment = Segment(**{side: (listed,)})
    before = saitama.reached(segment)
    stood = saitama.database.run(lambda db: stands(db, segment))

    saitama.database.run(lambda db: forget_old_lists(db, saitama.branch, SPRING + timedelta(days=91)))

    assert before and stood
    assert saitama.reached(segment) == []
    assert not saitama.database.run(lambda db: stands(db, segment))


def test_an_upload_page_is_over_after_half_an_hour(saitama: Town) -> None:
    page = saitama.database.run(lambda db: new_page(db, 1, SPRING))

    with saitama.database.reading() as db:
        assert open_page(db, page, SPRING + timedelta(minutes=29))
        assert open_page(db, page, SPRING + timedelta(minutes=31)) is None


def test_who_blocks_or_unlinks_is_not_reached_any_more(saitama: Town) -> None:
    everybody = saitama.reached(Segment())
    chat = everybody[-1]

    with pytest.raises(RuntimeError), saitama.database.transaction() as db:
        db.execute(update(Link).where(Link.chat_id == chat).values(live=None))
        assert chat not in list(segments.chats(db, saitama.branch, Segment(), TODAY))
        raise RuntimeError
    assert saitama.reached(Segment()) == everybody
