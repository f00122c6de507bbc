"""The guards' alarms in the order in which they are tried."""

from bot.alarms import abuse, danger, despair, elsewhere, medical, numbers, others
from bot.alarms.alarm import Alarm
from bot.alarms.prefectures import PREFECTURES
from bot.alarms.suspicions import SUSPICIONS

__all__ = ["ALARMS", "PREFECTURES", "SUSPICIONS", "Alarm"]

ALARMS = (
    despair.WISH,
    danger.SURE,
    danger.LIKELY,
    danger.UNLESS_MONEY,
    danger.UNLESS_BENEFIT,
    despair.DESPAIR,
    abuse.ABUSE,
    numbers.MY_NUMBER,
    *PREFECTURES,
    elsewhere.SURE,
    others.SURE,
    medical.SURE,
    medical.LIKELY,
    others.LIKELY,
    medical.UNLESS_BENEFIT,
    elsewhere.LIKELY,
    elsewhere.UNLESS_MEMBER,
)
