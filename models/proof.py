"""What shows a facility that a screen is real: the word and colour of the day, and sealed addresses."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, String, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant

Stage = Literal["show", "used"]
WORDS = (
    "あさがお あじさい いちょう うぐいす うめ おりがみ かえで かきつばた かざぐるま かすみ かたつむり かもめ "
    "からまつ ききょう きつつき きんもくせい くじゃく くるみ けやき こすもす こだま ことり さくら ささぶね さざなみ "
    "しらかば すいせん すずかぜ すずめ すみれ せせらぎ たけのこ たんぽぽ ちどり つくし つばき つばめ てまり とびうお "
    "なでしこ なのはな にじ ねむのき のぎく はくちょう はごろも はなび はまなす ひなた ひばり ひまわり ふうりん ふじ "
    "ほおずき ほたる まつかぜ みかづき みずうみ むぎほ もみじ やまびこ ゆきうさぎ ゆりかご わかば"
).split()
COLOURS = (
    ("赤", "#C62828"),
    ("青", "#1565C0"),
    ("緑", "#2E7D32"),
    ("紫", "#6A1B9A"),
    ("橙", "#D85A00"),
    ("茶", "#6D4C41"),
    ("桃", "#C2185B"),
    ("紺", "#1A237E"),
)


@dataclass(frozen=True)
class Sign:
    """A facility's word and colour of one day."""

    word: str
    colour_name: str
    colour: str

    def on(self, stage: Stage, facility: str, coupon: str, quantity: int, minute: str) -> "Shown":
        """The picture with this sign."""
        return Shown(stage, facility, coupon, quantity, minute, self.word, self.colour_name, self.colour)


@dataclass(frozen=True)
class Shown:
    """What a proof picture shows; `minute` in words (JST)."""

    stage: Stage
    facility: str
    coupon: str
    quantity: int
    minute: str
    word: str
    colour_name: str
    colour: str


class FacilityPage(Base):
    """The staff page's key of a facility; raising the number makes every older address void."""

    __tablename__ = "facility_pages"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    facility: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class Seal:
    """The server's secret: makes opaque addresses, and the signs of the day."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(secret.encode()).digest()
        self._box = Fernet(base64.urlsafe_b64encode(self._key))

    def sign_of(self, branch: str, facility: str, day: date) -> Sign:
        """The facility's word and colour of the day; unguessable without the secret."""
        digest = self._digest(f"sign:{branch}:{facility}:{day}")
        name, colour = COLOURS[digest[1] % len(COLOURS)]
        return Sign(WORDS[digest[0] % len(WORDS)], name, colour)

    def seal(self, shown: Shown) -> str:
        """An opaque address part that only this server can read."""
        return self.seal_text("proof", json.dumps(asdict(shown), ensure_ascii=False))

    def unseal(self, token: str) -> Shown | None:
        """What was sealed; None for anything else."""
        text = self.unseal_text("proof", token)
        return None if text is None else Shown(**json.loads(text))

    def seal_text(self, kind: str, text: str) -> str:
        """The same for any text; what was sealed as one kind is not read as another."""
        return self._box.encrypt(f"{kind}:{text}".encode()).decode().rstrip("=")

    def unseal_text(self, kind: str, token: str) -> str | None:
        try:
            raw = self._box.decrypt(token + "=" * (-len(token) % 4)).decode()
        except (InvalidToken, ValueError):
            return None
        found, _, text = raw.partition(":")
        return text if found == kind else None

    def staff_key(self, branch: str, facility: str, number: int) -> str:
        """The opaque part of a facility's staff page address."""
        digest = self._digest(f"staff:{branch}:{facility}:{number}")
        return base64.urlsafe_b64encode(digest[:18]).decode()

    def _digest(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode(), hashlib.sha256).digest()


def staff_number(db: Connection, branch: str, facility: str) -> int:
    """The number of the facility's present staff page address."""
    query = select(FacilityPage.number).where(
        FacilityPage.branch == branch, FacilityPage.facility == facility
    )
    return db.execute(query).scalar() or 1


def is_staff_key(db: Connection, seal: Seal, branch: str, facility: str, key: str) -> bool:
    """True when the key opens this facility's staff page today."""
    present = seal.staff_key(branch, facility, staff_number(db, branch, facility))
    return hmac.compare_digest(present.encode(), key.encode())


def revoke_staff_page(db: Connection, branch: str, facility: str, now: datetime) -> int:
    """Voids the facility's staff page address; the next poster carries a new one. Returns the new number."""
    here = (FacilityPage.branch == branch) & (FacilityPage.facility == facility)
    if db.execute(select(func.count()).select_from(FacilityPage).where(here)).scalar_one() == 0:
        db.execute(insert(FacilityPage), {"branch": branch, "facility": facility, "number": 1})
    raised = update(FacilityPage).where(here).values(number=FacilityPage.number + 1, revoked_at=now)
    db.execute(raised)
    return staff_number(db, branch, facility)
