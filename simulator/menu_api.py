"""LINE's endpoints for rich menus."""

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from .api import Answer, admitted, json_body
from .errors import LineError, invalid
from .people import Person
from .platform import Platform
from .richmenu import check_menu

BULK_PEOPLE = 500
BATCH_OPERATIONS = 1000


def create_menu_api(platform: Platform) -> Blueprint:
    api = Blueprint("menus", __name__)
    menus = platform.menus

    @api.before_request
    def admit() -> Answer | None:
        return admitted(platform)

    @api.post("/v2/bot/richmenu")
    def create() -> Answer:
        with platform.lock:
            return jsonify(richMenuId=menus.create(g.channel, json_body()).id)

    @api.post("/v2/bot/richmenu/validate")
    def validate() -> Answer:
        check_menu(json_body())
        return jsonify({})

    @api.get("/v2/bot/richmenu/list")
    def listing() -> Answer:
        return jsonify(richmenus=[menu.as_json() for menu in menus.of(g.channel)])

    @api.get("/v2/bot/richmenu/<menu_id>")
    def get(menu_id: str) -> Answer:
        return jsonify(menus.get(g.channel, menu_id).as_json())

    @api.delete("/v2/bot/richmenu/<menu_id>")
    def delete(menu_id: str) -> Answer:
        with platform.lock:
            menus.delete(g.channel, menu_id)
            refresh(platform, g.channel)
        return jsonify({})

    @api.post("/v2/bot/richmenu/<menu_id>/content")
    def upload(menu_id: str) -> Answer:
        with platform.lock:
            menus.upload(g.channel, menu_id, request.get_data(), request.mimetype)
        return jsonify({})

    @api.get("/v2/bot/richmenu/<menu_id>/content")
    def content(menu_id: str) -> Answer:
        menu = menus.get(g.channel, menu_id)
        if menu.image is None:
            raise LineError(404, "Not found")
        return Response(menu.image, content_type=menu.mime)

    @api.post("/v2/bot/user/all/richmenu/<menu_id>")
    def set_default(menu_id: str) -> Answer:
        with platform.lock:
            menus.default[g.channel] = menus.usable(g.channel, menu_id).id
            refresh(platform, g.channel)
        return jsonify({})

    @api.get("/v2/bot/user/all/richmenu")
    def default() -> Answer:
        if g.channel not in menus.default:
            raise LineError(404, "no default richmenu")
        return jsonify(richMenuId=menus.default[g.channel])

    @api.delete("/v2/bot/user/all/richmenu")
    def drop_default() -> Answer:
        with platform.lock:
            menus.default.pop(g.channel, None)
            refresh(platform, g.channel)
        return jsonify({})

    @api.get("/v2/bot/user/<user_id>/richmenu")
    def of_user(user_id: str) -> Answer:
        person = platform.known(user_id, g.channel)
        menu = menus.find(person.menu) if person else None
        if menu is None:
            raise LineError(404, "the user has no richmenu")
        return jsonify(richMenuId=menu.id)

    @api.post("/v2/bot/user/<user_id>/richmenu/<menu_id>")
    def link(user_id: str, menu_id: str) -> Answer:
        put(platform, [user_id], menus.usable(g.channel, menu_id).id)
        return jsonify({})

    @api.delete("/v2/bot/user/<user_id>/richmenu")
    def unlink(user_id: str) -> Answer:
        put(platform, [user_id], None)
        return jsonify({})

    @api.post("/v2/bot/richmenu/bulk/<any(link, unlink):what>")
    def bulk(what: str) -> Answer:
        body = json_body()
        people = user_ids(body)
        put(
            platform,
            people,
            menus.usable(g.channel, str(body.get("richMenuId"))).id if what == "link" else None,
        )
        return jsonify({}), 202

    @api.post("/v2/bot/richmenu/batch")
    def batch() -> Answer:
        replace(platform, json_body().get("operations"))
        return jsonify({}), 202

    @api.post("/v2/bot/richmenu/validate/batch")
    def validate_batch() -> Answer:
        checked_operations(json_body().get("operations"))
        return jsonify({})

    @api.post("/v2/bot/richmenu/alias")
    def name() -> Answer:
        body = json_body()
        with platform.lock:
            menus.name(g.channel, body.get("richMenuAliasId"), body.get("richMenuId"))
        return jsonify({})

    @api.get("/v2/bot/richmenu/alias/list")
    def aliases() -> Answer:
        return jsonify(aliases=menus.aliases(g.channel))

    @api.get("/v2/bot/richmenu/alias/<alias>")
    def alias_of(alias: str) -> Answer:
        return jsonify(richMenuAliasId=alias, richMenuId=menus.alias(g.channel, alias))

    @api.post("/v2/bot/richmenu/alias/<alias>")
    def point(alias: str) -> Answer:
        with platform.lock:
            menus.point(g.channel, alias, json_body().get("richMenuId"))
        return jsonify({})

    @api.delete("/v2/bot/richmenu/alias/<alias>")
    def unname(alias: str) -> Answer:
        with platform.lock:
            menus.unname(g.channel, alias)
        return jsonify({})

    return api


def put(platform: Platform, user_ids: list[str], menu: str | None) -> None:
    """Give people a menu of their own or take it away; who is unknown or no friend is passed over."""
    with platform.lock:
        for user_id in user_ids:
            person = platform.known(user_id, g.channel)
            if person and person.friend:
                person.menu = menu
                platform.changed(person)


def refresh(platform: Platform, channel: str) -> None:
    for person in platform.people.values():
        if person.channel == channel:
            platform.changed(person)


def user_ids(body: dict[str, Any]) -> list[str]:
    ids = body.get("userIds")
    if not isinstance(ids, list) or not 1 <= len(ids) <= BULK_PEOPLE:
        raise invalid([{"message": f"Size must be between 1 and {BULK_PEOPLE}", "property": "userIds"}])
    return [str(each) for each in ids]


def replace(platform: Platform, operations: object) -> None:
    """Swap menus of all people who have one, as it stood before the batch."""
    steps = checked_operations(operations)
    with platform.lock:
        people = [each for each in platform.people.values() if each.channel == g.channel and each.menu]
        before = {person.user_id: person.menu for person in people}
        for person in people:
            for step in steps:
                apply(person, before[person.user_id], step)
            platform.changed(person)


def apply(person: Person, had: str | None, step: dict[str, Any]) -> None:
    if step["type"] == "unlinkAll" or (step["type"] == "unlink" and had == step["from"]):
        person.menu = None
    elif step["type"] == "link" and had == step["from"]:
        person.menu = step["to"]


def checked_operations(operations: object) -> list[dict[str, Any]]:
    if not isinstance(operations, list) or not 1 <= len(operations) <= BATCH_OPERATIONS:
        raise invalid(
            [{"message": f"Size must be between 1 and {BATCH_OPERATIONS}", "property": "operations"}]
        )
    needed = {"link": ("from", "to"), "unlink": ("from",), "unlinkAll": ()}
    for at, step in enumerate(operations):
        if not isinstance(step, dict) or step.get("type") not in tuple(needed):
            raise invalid([{"message": "invalid type", "property": f"operations[{at}].type"}])
        missing = [name for name in needed[step["type"]] if not isinstance(step.get(name), str)]
        if missing:
            raise invalid([{"message": "May not be empty", "property": f"operations[{at}].{missing[0]}"}])
    return operations
