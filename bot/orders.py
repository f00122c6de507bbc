"""Orders in the members' own words: what is done with what, and the flow that it opens.

A file of orders holds words (`coupon = クーポン, チケット`) and rules (`redeem < coupon + use|show`);
the first rule counts whose words are all said, and it opens the first of its flows or topics that there is.
A rule with ! holds when nothing else is said.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.lexicon import HIRAGANA, Lexicon, fold
from bot.words import normalise

LONGEST = 48
PLEASE = "please"  # the word that orders whatever is said with it


def _folded(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.translate(HIRAGANA))


# All patterns read folded text: hiragana, no signs.
_SOFTENED = _folded(
    r"(?:(?:の|ん)?(?:です|や|だ|ねん)(?:が|けど|けれど|けども|ねん)?|けど|けれど|けれども|ので|から|さかい|し|ね|よ|な|わ|や|ぞ|さ|の|ー+|w+|よろしく|すみません|すいません|急いで|至急|はよ|はやく|早く|今すぐ|まず|はい|ちょっと)$"
)
_ORDERS = _folded(
    r"(?:たい|ほしい|欲しい|お(?:知らせ|聞かせ|教え|見せ)(?:ください|下さい)|たいと思います|たいと思って(?:います|ます|る)?|たく(?:て|思います|存じます)?|"
    r"(?:て|で)(?:ください(?:ませ)?|下さい|くれ(?:る|ます|ません|へん|ない)?(?:か)?|ほしい|欲しい|もらえ(?:ます|る|ません|へん|ない)?(?:か|でしょうか)?|もらい(?:ます|たい)|いただけ(?:ます|ません|ない)?(?:か|でしょうか)?|いただきたい|頂きたい|頂け(?:ます|ません)(?:か)?|ちょうだい|頂戴|つか|つかはい|もらう|もろて)?|"
    r"(?:お|御)?(?:願い|ねがい)(?:します|いたします|致します|申し上げます|できますか|しますー?|したい)?|頼む|頼みます|頼んだ|たのむ|たのみ(?:ます)?|希望(?:します|です)?|よろしく(?:お願いします)?|プリーズ|ぷりーず|"
    r"(?:し|り|み|き|い|ち|び|え|け|せ|て|め|れ|べ)ます|(?:る|う|く|す|む|つ|ぬ|ぶ|ぐ)|(?:よう|しよ|しょ|しよか|よか|ましょう)(?:か)?|(?:ろ|せよ|なさい|しまい|まい|たまえ|せえ|せい|おくれ|くんろ|て来い)|"
    r"申込み?|申し込み|申請|使用|利用|確認|表示|変更|解除|切替|切り替え|切替え|登録|交換|予約|エントリー|えんとりー|一覧|画面|連携|検索|加入|増額|減額|再開|復活|中断|払戻し?|解約|停止|ストップ|すとっぷ|オフ|おふ|オン|おん|設定|希望|記録|入力|照会|削除|開始|対応|紐づけ|応募|請求|届け)(?:で|を|に)?$"
)
_ASKS = _folded(
    r"いつ(?!も|使)|いくら|なぜ|(?<![一-龥ー])なんで(?!す)|どうして|どうやっ|どうすれ|どうした|どうなる|どうなっ|どないし|どのくらい|どれくらい|どのよう|どんなとき|どっち|何(?!卒|とぞ|度も|か(?:見|出))|どこ|(?<!だい)どう(?!か|も|ぞ|ろ|い)|には(?!い|っ)|やつ$|なん(?:まい|かい|にち|えん|がつ|じ|ぼ|の)|(?<!操作)方法|やり方|やりかた|仕方|しかた|手順|流れ|って何|ってなに|とは$|違い|意味|理由|条件|対象(?!施設|の施設|病院|の病院|の?医療|機関)|必要|場合|とき(?:は|に|の|っ)|時(?:は|に)|"
    r"でき(?:る|ない|ません|ひん|へん|ます)|出来(?:る|ない|ません|ます)|(?:使|見|さ|ら|取|出|開|入|読|つなが|登録さ|表示さ)れ(?:ない|ません|へん|ん)|使え(?:ない|ません|へん|ます|る(?!ように|お|施設|所|ところ|とこ|歯医者|病院|場所|店))|いけ(?:る|ます|ない)|(?:た|て)ら(?:い|え|だ|ど|何|、|減|消|使|付|つ|も)|なら|れば|けば|せば|ても(?!らえ|らい|ろ)|でも(?:い|使|え|だ|大)|だめ|ダメ|あかん|"
    r"ますか$|ですか$|でしょうか$|んか$|のか$|かな$|かね$|っけ$|いいの|ないの$|るの$|たの$|ってか$|(?:い|う|く|す|つ|ぬ|ぶ|む|る|た)ん$|(?<![い要])(?:ら|れ|い|さ|え|て)ない(?:ようです|ようで|みたい|です|んです|けど|のです)?$|(?:込め|書け|使え|行け|読め|見れ|られ|もらえ|出せ|いけ|でき|取れ|買え|受けれ|入れれ|借りれ)る$|ません$|まだ$|は$|送料|利率|料金|金額|有効期限|有効期間|上限|限度|枚数|来ない$|来てない$|届かない$|忘れ(?:た|ま|て)|なくし|間違え|エラー|できて|違う|おかしい|消えた|減った|変わった$|について$|のこと$|ことで$|件$"
)
_SHOWN = _folded(
    r"か(?:どうか|を)?(?:一覧で|リストで|まとめて|全部|ぜんぶ|表で)?(?:見せ|みせ|見して|みして|見とい|みとい|見とき|見られる|見れる|見たい|みたい|表示|確認|かくにん|出し|だし|調べて|しらべて).{0,12}$"
)
_WHICH = _folded(r"できる|出来る|なんぼ|いくら|何|なに|どこ|いつ|いくつ|どう")
_REQUESTS = _folded(
    r"(?:もらえ|いただけ|くれ|頂け|もらい|願いでき)(?:る|ます|ません|ない|へん)?(?:か|でしょうか)?$|しよか$|ましょうか$|しようか$"
)
_CLAUSE = re.compile(r"[\s、。,.!?]+")
_PARTICLES = re.compile(
    r"[をのにへがはでともやって]|から|まで|より|だけ|とか|など|です|ます|する|して|した|しい|ください|下さい|お願い|おねがい|願い|ねがい|します|いたします|たい|ほしい|欲しい|たのむ|頼む|希望|お|ご|ん|ね|よ|な|わ|し|い|て|た|る|ー"
)


@dataclass(frozen=True)
class _Rule:
    """What must be said, each by one of some words, what must not, and what is opened then."""

    opens: tuple[str, ...]
    said: tuple[frozenset[str], ...]
    unsaid: frozenset[str]
    alone: bool

    def fits(self, said: Sequence[frozenset[str]], rest: str, orders: bool) -> bool:
        """Whether the text's pieces (each of one or some words) say all of it: as an order, or nothing else."""
        words = frozenset().union(*said)
        if self.unsaid & words or not all(slot & words for slot in self.said):
            return False
        return (orders and not self.alone) or (not rest and all(self._wants(piece) for piece in said))

    def _wants(self, piece: frozenset[str]) -> bool:
        return PLEASE in piece or any(slot & piece for slot in self.said)


class BadOrder(ValueError):
    """A line of a file of orders that cannot be used."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class Orders:
    """The orders of a file."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Raises BadOrder where a line is neither word nor rule, or a rule names an unknown word."""
        kept = [
            (number, line)
            for number, line in enumerate(lines, start=1)
            if line.strip() and not line.startswith("#")
        ]
        words = _words_of(kept)
        self._lexicon = Lexicon(
            f"{word}: {way}" for way, said in _ways(words).items() for word in sorted(said)
        )
        self._rules = tuple(_rule(number, line, words) for number, line in kept if "=" not in line)

    def opens(self, text: str, exists: Callable[[str], bool]) -> str | None:
        """What the text orders to open, of what exists; None when it asks or only tells."""
        letters = fold(text)
        if not letters or len(letters) > LONGEST or _asks(text, letters):
            return None
        said, rest = self._read(letters)
        orders = any(_is_order(fold(clause)) for clause in _CLAUSE.split(normalise(text)))
        fitting = (rule for rule in self._rules if rule.fits(said, rest, orders))
        return next((name for rule in fitting for name in rule.opens if exists(name)), None)

    def _read(self, letters: str) -> tuple[list[frozenset[str]], str]:
        pieces = list(self._lexicon.spell(letters))
        said = [frozenset(piece.split("+")) for piece, known in pieces if known]
        return said, _PARTICLES.sub("", "".join(piece for piece, known in pieces if not known))


def _words_of(kept: Iterable[tuple[int, str]]) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for number, line in kept:
        name, equals, ways = line.partition("=")
        if not equals:
            continue
        if (word := name.strip()) in words:
            raise BadOrder(number, f"{word} はすでに上の行にあります。1行にまとめてください")
        words[word] = [letters for way in ways.split(",") if (letters := fold(way))]
        if not word or not words[word]:
            raise BadOrder(number, "「名前 = 言い方, 言い方」の形で書いてください")
    return words


def _ways(words: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """What each way says: its own words, and those of the shorter ways it begins with (見せて, 見せ)."""
    own: dict[str, set[str]] = defaultdict(set)
    for word, ways in words.items():
        for way in ways:
            own[way].add(word)
    return {
        way: set().union(*(own.get(way[:end], set()) for end in range(2, len(way) + 1)), own[way])
        for way in own
    }


def _rule(number: int, line: str, known: Collection[str]) -> _Rule:
    opens, less, said = line.partition("<")
    if not less:
        raise BadOrder(
            number, f"「名前 = 言い方」か「手続き < 言葉 + 言葉」の形で書いてください: {line.strip()}"
        )
    said, _, unsaid = said.strip().partition(" - ")
    slots = tuple(_words(slot) for slot in said.removeprefix("!").split("+"))
    if not all(slots):
        raise BadOrder(number, "< の後ろに、言葉を + でつないで書いてください")
    rule = _Rule(
        tuple(name.strip() for name in opens.split(",")), slots, _words(unsaid), said.startswith("!")
    )
    if unknown := rule.unsaid.union(*rule.said).difference(known):
        raise BadOrder(number, f"どの行にもない言葉です: {', '.join(sorted(unknown))}")
    return rule


def _words(slot: str) -> frozenset[str]:
    return frozenset(word.strip() for word in slot.split("|") if word.strip())


def _is_order(letters: str) -> bool:
    return _ORDERS.search(letters) is not None or _ORDERS.search(_bare(letters)) is not None


def _bare(letters: str) -> str:
    """Without the words that only soften the end."""
    while (shorter := _SOFTENED.sub("", letters)) != letters:
        letters = shorter
    return letters


def _asks(text: str, letters: str) -> bool:
    if _REQUESTS.search(letters):
        return False
    if _SHOWN.search(letters):
        letters = _WHICH.sub("", letters)
    return normalise(text).endswith("?") or _ASKS.search(letters) is not None
