"""Places that members name when they look for facilities: 川口市, さいたま市の健診, 熊谷の病院."""

import re
from collections.abc import Iterable

from bot import Opener, loose
from handlers.coupons import ALL, places

WARD = r"(?:[^\s市区]{1,2}区)?"
AROUND = r"(?:内|周辺|付近|あたり|の?近く)?"
HERE = r"(?:の|で|にある|で使える|で受けられる|で行ける)?"
SOUGHT = r"(?:(?:(?:使える)?施設|(?:人間)?ドック|健康診断|[健検]診(?:機関|施設|センター)?|病院|医院|医療機関|クリニック|歯科|歯医者|マッサージ|整体|ジム|プール|温泉|お風呂|映画館|エステ|ホテル|レストラン)(?:の|で|、)?){0,3}"
KINDS = r"病院|医院|クリニック|診療所|健診センター"  # said alone; a facility's name holds them
PRODUCTS = {  # the coupon that what is sought is for
    "dental": re.compile("歯"),
    "refresh": re.compile(
        "リフレ|マッサージ|整体|ジム|プール|温泉|お?風呂|映画|エステ|ホテル|宿|旅館|レストラン|食事"
    ),
    "womens": re.compile("女性がん|婦人|マンモ|子宮|乳がん|乳房"),
    "spouse": re.compile("(?:配偶者|妻|夫|旦那|主人|嫁)の?(?:人間)?ドック"),
    "dock": re.compile("ドック"),
}
ASKED = r"[はをが]?(?:どこ|あります|ある|探す|探したい|探して|知りたい|教えて(?:ください)?|一覧)?(?:です)?か?"


class Towns:
    """The municipalities of a branch: whoever names one and what is sought there, or only a kind of facility, looks for facilities."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Each name with its 市, 町 or 村, which may be left out when it is said."""
        stems = sorted({re.escape(name[:-1]) + f"{name[-1]}?" for name in names}, key=len, reverse=True)
        town = rf"(?P<town>(?:{'|'.join(stems)}){WARD})"
        named = rf"(?:\w\w[都道府県])?{town}{AROUND}{HERE}{SOUGHT}{ASKED}"
        self._said = re.compile(f"{named}|(?P<kind>{KINDS})") if stems else None
        self._town = re.compile(town) if stems else None

    def search(self, text: str) -> Opener | None:
        """The facilities that the text names; None where it speaks of anything else."""
        match = self._said.fullmatch(loose(text)) if self._said else None
        if match is None:
            return None
        return self.ordered(text) if match["town"] else places.opener(product=ALL, search=match["kind"])

    def ordered(self, text: str) -> Opener:
        """The facilities that an order is about, as far as it names them; what it leaves open is asked."""
        said = loose(text)
        town = self._town.search(said) if self._town else None
        product = next((name for name, words in PRODUCTS.items() if words.search(said)), None)
        if town:
            return places.opener(product=product or ALL, search=town["town"])
        return places.opener(**({"product": product} if product else {}))
