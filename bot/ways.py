"""Ways out and back in the members' words: やめる, 戻る, 続きから, はじめから."""

import re
from collections.abc import Iterator

from bot.lexicon import fold
from bot.mood import clauses

_THIS = r"(?:(?:今|いま|この|その|やっぱり?|やっぱ|もう|ええわ|いいわ|いいや|ええねん|いったん|一旦|いっかい|一回|とりあえず|すみません|すいません|ごめん(?:なさい)?|えっと|じゃあ?|では|全部|ぜんぶ|途中(?:だ|です|や|なん)?(?:けど|が|ですが|だけど|やけど)|途中で|ここで|ここまでで?|これで|今日は|きょうは|今回は|手続き?|手続|操作|入力|申込み?|申し込み|申請|質問|画面|利用|登録|処理|作業|会話|トーク|話|中身|内容|のやつ|の|は|を|も|から|に|で|と|、)+)?"
_END = r"(?:で|に|と)?(?:お願い|おねがい|頼む|たのむ|たのみます|ください|下さい|させて(?:ください|下さい|もらいます?)?|します|したい|する|しよ(?:う|か)?|しとく(?:わ)?|しときます|いたします|して(?:ください|くれ|ほしい|や)?|です|たい|とく(?:わ)?|とき|き?ます|(?:て|で)(?:ください|下さい|くれ(?:る|ます|ませんか)?|ほしい|や|もらえ(?:ます|る)か?|いい(?:です)?)?)*(?:です|ん|の|が|けど|ね|わ|よ|な|や|か|ー)*"
_MISTAKE = r"(?:(?:押し|打ち|入れ|えらび|選び|おし)?(?:間違え|まちがえ|間違い|まちがい|ミス)(?:ました|ちゃった|ちゃいました|た|てしまいました|てもうた|です|した|しました)?(?:ので|から|けん|んで|、)?)?"
_COUNT = r"(?:ひとつ|一つ|1つ|一個|1個|いっこ|一コ|1コ|一回|1回|一歩|1歩|さっき|先ほど|直前|すぐ|もう一つ|ちょっと)?"
# What is said beside a way out: a slip, what calls one away, a word of politeness.
_BESIDE = re.compile(
    r"(?:あ+|え|えっと|うわ|ごめん(?:なさい)?|す(?:み|い)ません|やっぱり?|やば|しまった|ちょっと|待って|もう|お願いします?|よろしく(?:お願いします?)?"
    r"|.{0,8}(?:間違|まちが|まちご|押し|おし|打ち|選び|入れ|みす).{0,10}|(?:途中|今).{0,4}(?:です|だ|や).{0,3}"
    r"|.{0,8}(?:授業|電話|時間|会議|来客|呼ば|呼び出|急用|用事|忙し|仕事|ちゃいむ|生徒|子ども?|保護者|給食|帰|出かけ|後で|あとで|また今度|明日|電車|ばす|降り|寝).{0,12}"
    r"|.{0,4}(?:もうええ|もういい|いいや|ええわ|めんどう?|面倒|わから(?:ん|ない)|疲れた).{0,6})"
)

_PATTERNS = {
    "quit": rf"{_THIS}(?:やめと|やめ|止め|辞め|中止|中断|取り?消し?|取り?消す|とりけし|とりけす|きゃんせる|終了|終わり|終わる|終える|終え|終わらせ|終わ(?:っ|り)|おわり|おわる|おわっ|すとっぷ|抜け|ぬけ|退出|閉じ|とじ|けっこう|結構|破棄|打ち切|うちきり|なかったこと)(?:ら|り|る|っ|ろ|よ|た)?{_END}",
    "back": rf"{_MISTAKE}{_THIS}{_COUNT}(?:の)?(?:前|まえ)?(?:の)?(?:画面|質問|手順|所|ところ|とこ|段階|すてっぷ|すてぷ|選択|項目|やつ|設問|問い)?(?:に|へ|まで|から)?(?:戻|もど|ばっく|back|巻き戻し|やり直し?|やりなおし?|引き返し?|(?<=[面問とに])返し?|選び直し|えらび直し)(?:る|り|っ|し|す|せ|そ|ろ|れ|ら|さ)?{_END}{_MISTAKE}",
    "resume": r"(?:続き|つづき|続け|つづけ)(?:から|る|て|ます|を)?(?:お願いします|する|します|したい|やる|ください)?",
    "restart": rf"{_THIS}(?:はじめ|初め|最初|さいしょ|一|いち|あたま|頭)から(?:やり直し?|やりなおし?|もう一回|もう一度)?{_END}",
    "return": r"前の手続き?(?:に|へ)(?:戻る|もどる|戻して|戻ります)",
}
_WAYS = {way: re.compile(pattern) for way, pattern in _PATTERNS.items()}
_WORDS = {
    "quit": ("やめる", "やめます", "中止", "中止する", "キャンセル", "終了"),
    "back": ("戻る", "もどる", "前に戻る", "ひとつ戻る"),
    "resume": ("続きから", "続き", "つづき"),
    "restart": ("はじめから", "最初から"),
    "return": ("前の手続きに戻る",),
}
_WAY_OF = {fold(word): way for way, words in _WORDS.items() for word in words}
LONGEST = 40


def named_way(text: str) -> str | None:
    """The way whose very name was typed; it goes before any answer of a step."""
    return _WAY_OF.get(fold(text))


def way_of(text: str) -> str | None:
    """The way that the text asks for, when it says nothing else."""
    letters = fold(text)
    if not letters or len(letters) > LONGEST:
        return None
    return _way(letters) or _way("".join(_wanted(text)))


def _way(letters: str) -> str | None:
    found = (way for way in ("return", "back", "restart", "resume", "quit") if _WAYS[way].fullmatch(letters))
    return next(found, None)


def _wanted(text: str) -> Iterator[str]:
    """The clauses that are not said beside the point."""
    return (clause for clause in clauses(text) if not _BESIDE.fullmatch(clause))
