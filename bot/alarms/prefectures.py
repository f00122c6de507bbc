"""Branches of other prefectures, named as such; hotels and people who move there are not meant."""

from bot.alarms.alarm import alarm

_PREFECTURE = """
    (?P<name>北海道|青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|東京|神奈川|新潟|富山|
    + 石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀|京都|大阪|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|
    + 山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄|本部)(?:都|府|県)?
"""
_MOVES = "変更 切り?替 支部を 異動 転勤 転出 転入 引っ越 引越 移っ 移る 移り 変わっ 変わる 派遣 出向"

PREFECTURES = (
    alarm(
        "other_institution",
        r"(?:^|[。、\s])(?:私は|わたしは|うちは|自分は)?"
        + _PREFECTURE.strip()
        + r"""
    + (?:の(?:人間|者|先生|教員|職員)|民)?(?:です(?:が|けど)?|だけど|ですけど|なんですが|なんだけど|なんやけど|やけど|やねんけど|在住|勤務)
    """,
        _MOVES + " 宿 ホテル 泊 施設 旅行 病院",
    ),
    alarm(
        "other_institution",
        _PREFECTURE.rstrip()
        + """
    + (?:の)?(?:支部|互助会|教職員互助|教育職員互助|公立学校共済|共済組合|教(?:員|職員|師)|の?組合員)
    """,
        _MOVES,
    ),
    alarm(
        "other_institution",
        _PREFECTURE.rstrip()
        + r"""
    + (?:の|で(?=働))(?:健康ポイント|電子クーポン|カフェ|学校|人間ドック|クーポン|ドック|ポイント|
    + マイリフ|qupio|クピオ|福祉貯金|貯金|教育委員会|貸付|共済|働)
    """,
        _MOVES + " 宿 ホテル 泊 施設 旅行",
    ),
)
