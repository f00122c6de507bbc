"""The guards' alarms in the order in which they are tried: the urgent, another branch's matters, the others."""

from bot.alarms import abuse, danger, despair, elsewhere, errands, harassment, medical, others, overdose
from bot.alarms.alarm import Alarm
from bot.alarms.numbers import MY_NUMBER, MY_PIN
from bot.alarms.prefectures import PREFECTURES
from bot.alarms.suspicions import LOW, SUSPICIONS

__all__ = ["LOW", "OTHERS", "PREFECTURES", "SUSPICIONS", "URGENT", "Alarm"]

URGENT = (
    abuse.MUTE,
    danger.WITNESSED,
    overdose.TAKEN,
    despair.WISH,
    despair.HINTS,
    despair.ABSENT,
    despair.BEATEN,
    harassment.BLOWS,
    danger.SURE,
    danger.LIKELY,
    danger.UNLESS_MONEY,
    danger.UNLESS_BENEFIT,
    despair.DESPAIR,
    despair.ENDS,
    danger.BEFELL,
    danger.PLEA,
    harassment.HARASSMENT,
    harassment.COVER_STORY,
    harassment.STRUCK_AT_HOME,
    harassment.STRUCK,
    danger.VIOLENCE,
    abuse.ABUSE,
    abuse.INDECENT,
    MY_NUMBER,
    MY_PIN,
)
OTHERS = (
    elsewhere.SURE,
    elsewhere.THEIRS,
    errands.ERRANDS,
    others.SURE,
    medical.SURE,
    medical.ADVISED,
    medical.FOUND,
    medical.JUDGED,
    medical.LIKELY,
    others.LIKELY,
    others.RELATIVES,
    others.NEAR,
    others.AT_WORK,
    others.DID,
    medical.UNLESS_BENEFIT,
    elsewhere.LIKELY,
    elsewhere.UNLESS_MEMBER,
    elsewhere.HEALTH_CARD,
)
