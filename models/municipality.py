"""The municipality (市区町村) at the beginning of a Japanese address."""

import re
import unicodedata

ELSEWHERE = "その他"
_PREFECTURE = re.compile(r"東京都|北海道|京都府|大阪府|.{2,3}県")
# Names that hold one of 市区町村郡 before their end: the shortest match would cut them.
_WHOLE = (
    *(
        "市川市",
        "市原市",
        "四日市市",
        "廿日市市",
        "野々市市",
        "町田市",
        "大町市",
        "十日町市",
        "村上市",
        "村山市",
    ),
    *(
        "東村山市",
        "武蔵村山市",
        "羽村市",
        "田村市",
        "大村市",
        "郡山市",
        "大和郡山市",
        "郡上市",
        "蒲郡市",
        "小郡市",
    ),
)
_WARDED = (
    *("札幌", "仙台", "さいたま", "千葉", "横浜", "川崎", "相模原", "新潟", "静岡", "浜松"),
    *("名古屋", "京都", "大阪", "堺", "神戸", "岡山", "広島", "北九州", "福岡", "熊本"),
)
_MUNICIPALITY = re.compile(
    rf"(?:{'|'.join(_WHOLE)})"
    rf"|(?:{'|'.join(_WARDED)})市[^市町村]{{1,4}}?区"
    r"|(?:余市|高市|[^市区町村郡]{1,4})郡(?:玉村|大町|[^郡]{1,6}?)[町村]"
    r"|[^市区町村]{1,6}?[市区町村]"
)


def municipality_of(address: str) -> str:
    """埼玉県入間郡三芳町… → 入間郡三芳町; さいたま市浦和区… → さいたま市浦和区; その他 when none is named."""
    text = "".join(unicodedata.normalize("NFKC", address).split())
    text = re.sub(r"^〒?\d{3}-?\d{4}", "", text)
    prefecture = _PREFECTURE.match(text)
    match = _MUNICIPALITY.match(text, prefecture.end() if prefecture else 0)
    return match.group() if match else ELSEWHERE
