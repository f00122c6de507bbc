"""All parts put together: database, branches, bots, sender, pages. The face that app.py, the demo, tests and the bench read."""

from house.bots import build_bots
from house.building import House, broadcast_worker, build, meant_by
from house.facility_sheets import chat_address, sheets
from house.menus import install_menu
from house.timetable import jobs, own_jobs
from house.website import web

__all__ = [
    "House",
    "broadcast_worker",
    "build",
    "build_bots",
    "chat_address",
    "install_menu",
    "jobs",
    "meant_by",
    "own_jobs",
    "sheets",
    "web",
]
