"""What staff of a facility look at: the blinking picture, the day's sign, and 済 once a coupon is used (R-SAI-28, R-SAI-30)."""

from bot import Card, Code, Fact, Link, Opener, Picture
from handlers.world import Talk
from models.coupon_uses import Redemption
from models.days import day_of, minute_in_words
from models.proof import Shown, Sign

SCREEN = (720, 480)


def used_card(chat: Talk, redemption: Redemption) -> Card:
    """The 済 screen: the blinking picture, the same in words, a code by which staff check it, and the way on."""
    day = day_of(redemption.used_at)
    sign = chat.world.seal.sign_of(chat.branch, redemption.facility, day)
    minute = minute_in_words(redemption.used_at)
    shown = sign.on("used", redemption.facility_name, redemption.label, redemption.quantity, minute)
    proof_page = f"{chat.world.public_url}/used/{redemption.code}"
    facts = (
        Fact("施設", redemption.facility_name),
        Fact("クーポン", redemption.label),
        Fact("枚数", f"{redemption.quantity}枚"),
        Fact("時刻", minute),
        Fact("合言葉", sign_words(sign)),
    )
    known = {
        "facility_code": redemption.facility,
        "confirmed_on": day.isoformat(),
        "person": str(redemption.person_id),
    }
    more = Opener("内容選択画面へ", "redeem", tuple(known.items()))
    return Card(
        "済　利用が完了しました",
        facts,
        (more,),
        picture(chat, shown),
        tone="good",
        code=Code(
            f"{proof_page}.png",
            "施設の方は、この二次元コードで利用を確かめられます。この画面はトークに残ります。",
            Link("確認用の二次元コード", proof_page),
        ),
    )


def picture(chat: Talk, shown: Shown) -> Picture:
    """The picture that blinks, so that nobody takes it for a photograph."""
    return Picture(f"{chat.world.public_url}/proof/{chat.world.seal.seal(shown)}.png", *SCREEN, animated=True)


def sign_words(sign: Sign) -> str:
    """The sign of a facility and a day, in words."""
    return f"{sign.word}（{sign.colour_name}）"
