"""LINE's endpoints for messages, people, tokens and webhooks, as the bot calls them."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from . import sending, webhook
from .calls import Fault
from .errors import LineError, invalid, not_found
from .message_limits import checked
from .platform import Content, Platform
from .reading import read_json
from .tokens import ACCESS_TOKEN_SECONDS

BODY_BYTES = 2 * 1024 * 1024
WEBHOOK_URL = 500
FOLLOWERS = 1000
LOADING = range(5, 61, 5)
OPEN_RULES = ("/oauth2/", "/v2/oauth/")
RETRYABLE = frozenset(f"/v2/bot/message/{kind}" for kind in ("push", "multicast", "narrowcast", "broadcast"))
UNAUTHORIZED = "Authentication failed due to the following reason: {}"
FAULT_WORDS = {
    400: "The request body has 1 error(s)",
    401: UNAUTHORIZED.format(
        "invalid token. Confirm that the access token in the authorization header is valid."
    ),
    403: "Access to this API is not available for your account",
    404: "Not found",
    409: "The retry key is already accepted",
    429: "The API rate limit has been exceeded. Try again later.",
}

Answer = tuple[Response, int] | Response


def create_api(platform: Platform) -> Blueprint:
    api = Blueprint("line", __name__)

    @api.before_request
    def admit() -> Answer | None:
        return admitted(platform)

    @api.post("/oauth2/v3/token")
    def issue_stateless() -> Answer:
        channel = channel_by_secret(platform)
        if channel is None:
            return oauth_error("invalid_client", "client_id or client_secret is wrong")
        with platform.lock:
            token = platform.access.issue(channel, platform.monotonic())
        return jsonify(token_type="Bearer", access_token=token, expires_in=ACCESS_TOKEN_SECONDS)  # noqa: S106

    @api.get("/oauth2/v2.1/verify")
    def verify_token() -> Answer:
        token = request.args.get("access_token", "")
        with platform.lock:
            channel = platform.access.channel_of(token, platform.monotonic())
            left = platform.access.seconds_left(token, platform.monotonic())
        if channel is None:
            return oauth_error("invalid_request", "access token expired")
        return jsonify(client_id=platform.channels[channel].channel_id, expires_in=left, scope="")

    @api.post("/v2/bot/message/reply")
    def reply() -> Answer:
        with platform.lock:
            return jsonify(sending.reply(platform, g.channel, json_body()))

    @api.post("/v2/bot/message/<any(push, multicast, broadcast):kind>")
    def send(kind: str) -> Answer:
        ways = {"push": sending.push, "multicast": sending.multicast, "broadcast": sending.broadcast}
        body, key = json_body(), request.headers.get("X-Line-Retry-Key")
        with platform.lock:
            answer = sending.once(
                platform, g.channel, key, g.request_id, lambda: ways[kind](platform, g.channel, body)
            )
        return jsonify(answer)

    @api.post("/v2/bot/message/validate/<any(reply, push, multicast, narrowcast, broadcast):kind>")
    def validate(kind: str) -> Answer:
        checked(json_body().get("messages"))
        return jsonify({})

    @api.get("/v2/bot/message/quota")
    def quota() -> Answer:
        limit = platform.limits[g.channel]
        return jsonify({"type": "none"} if limit is None else {"type": "limited", "value": limit})

    @api.get("/v2/bot/message/quota/consumption")
    def consumption() -> Answer:
        with platform.lock:
            return jsonify(totalUsage=platform.consumption(g.channel))

    @api.post("/v2/bot/chat/loading/start")
    def loading() -> Answer:
        start_loading(platform, json_body())
        return jsonify({}), 202

    @api.post("/v2/bot/chat/markAsRead")
    def mark_as_read() -> Answer:
        mark_read(platform, json_body().get("markAsReadToken"))
        return jsonify({})

    @api.get("/v2/bot/profile/<user_id>")
    def profile(user_id: str) -> Answer:
        person = platform.known(user_id, g.channel)
        if person is None or not person.friend:
            raise not_found()
        return jsonify(userId=person.user_id, displayName=person.name, language="ja")

    @api.get("/v2/bot/followers/ids")
    def followers() -> Answer:
        with platform.lock:
            ids = [
                each.user_id for each in platform.people.values() if each.channel == g.channel and each.friend
            ]
        start, limit = page_of(request.args)
        more = {"next": str(start + limit)} if start + limit < len(ids) else {}
        return jsonify(userIds=ids[start : start + limit], **more)

    @api.get("/v2/bot/info")
    def info() -> Answer:
        channel = platform.channels[g.channel]
        return jsonify(
            userId=channel.bot_user_id,
            basicId=channel.basic_id,
            displayName=channel.name,
            chatMode="bot",
            markAsReadMode="auto",
        )

    @api.post("/v2/bot/user/<user_id>/linkToken")
    def link_token(user_id: str) -> Answer:
        person = platform.known(user_id, g.channel)
        if person is None or not person.friend:
            raise not_found()
        with platform.lock:
            return jsonify(linkToken=platform.links.issue(g.channel, user_id, platform.now()))

    @api.get("/v2/bot/message/<message_id>/content")
    @api.get("/v2/bot/message/<message_id>/content/preview")
    def content(message_id: str) -> Answer:
        found = content_of(platform, message_id)
        return Response(found.data, content_type=found.mime)

    @api.get("/v2/bot/message/<message_id>/content/transcoding")
    def transcoding(message_id: str) -> Answer:
        content_of(platform, message_id)
        return jsonify(status="succeeded")

    @api.get("/v2/bot/channel/webhook/endpoint")
    def webhook_endpoint() -> Answer:
        return jsonify(endpoint=platform.webhooks[g.channel], active=True)

    @api.put("/v2/bot/channel/webhook/endpoint")
    def set_webhook_endpoint() -> Answer:
        platform.webhooks[g.channel] = checked_webhook(json_body().get("endpoint"))
        return jsonify({})

    @api.post("/v2/bot/channel/webhook/test")
    def test_webhook() -> Answer:
        url = (request.get_json(silent=True) or {}).get("endpoint") or platform.webhooks[g.channel]
        return jsonify(tested(platform, checked_webhook(url)))

    return api


# --- before each call ---------------------------------------------------------------------------


def admitted(platform: Platform) -> Answer | None:
    """A fault that was ordered, the bearer token, the rate; then the call itself."""
    with platform.lock:
        g.fault = platform.faults.next_for(request.path)
    if g.fault and g.fault.status is not None:
        return failed(g.fault)
    if request.path.startswith(OPEN_RULES):
        return None
    g.channel = channel_by_token(platform)
    with platform.lock:
        call, rule = f"{request.method} {request.path}", f"{request.method} {request.url_rule}"
        if rule.endswith(":kind>"):
            rule = call
        if not platform.rates.admit(g.channel, call, rule, platform.monotonic()):
            raise LineError(429, FAULT_WORDS[429])
    if "X-Line-Retry-Key" in request.headers and request.path not in RETRYABLE:
        raise LineError(400, "The 'X-Line-Retry-Key' header is not supported by this API")
    if (request.content_length or 0) > BODY_BYTES:
        raise LineError(413, "Request Entity Too Large")
    return None


def failed(fault: Fault) -> Answer:
    status = int(fault.status or 500)
    if isinstance(fault.body, str):
        return Response(fault.body, status, content_type="text/html")
    return jsonify(fault.body if fault.body is not None else {"message": fault_words(status)}), status


def fault_words(status: int) -> str:
    return FAULT_WORDS.get(status, "Internal Server Error" if status >= 500 else "")


def channel_by_token(platform: Platform) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not token:
        raise LineError(401, UNAUTHORIZED.format("missing or malformed 'Authorization' header"))
    with platform.lock:
        channel = platform.access.channel_of(token.strip(), platform.monotonic())
    if channel is None:
        raise LineError(401, FAULT_WORDS[401])
    return channel


def channel_by_secret(platform: Platform) -> str | None:
    client, secret = request.form.get("client_id"), request.form.get("client_secret")
    if request.form.get("grant_type") != "client_credentials":
        return None
    return next(
        (
            each.id
            for each in platform.channels.values()
            if (each.channel_id, each.secret) == (client, secret)
        ),
        None,
    )


def oauth_error(error: str, description: str) -> Answer:
    return jsonify(error=error, error_description=description), 400


def json_body() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise LineError(415, f"The content type, {request.mimetype or 'null'}, is not supported")
    try:
        body = read_json(request.get_data())
    except ValueError as error:
        raise LineError(400, "The request body could not be parsed as JSON (line: -, column: -)") from error
    if not isinstance(body, dict):
        raise LineError(400, "The request body could not be parsed as JSON (line: -, column: -)")
    return body


# --- single endpoints ---------------------------------------------------------------------------


def page_of(args: Mapping[str, str]) -> tuple[int, int]:
    """Where a page of ids begins and how many it may hold."""
    start, limit = args.get("start", "0"), args.get("limit", "300")
    if not (start.isdecimal() and limit.isdecimal()):
        raise LineError(400, "Invalid start or limit parameter")
    return int(start), min(int(limit), FOLLOWERS)


def start_loading(platform: Platform, body: dict[str, Any]) -> None:
    """Only in a chat with one person; gone at the bot's next message."""
    seconds = body.get("loadingSeconds", 20)
    if seconds not in LOADING:
        raise invalid([{"message": "must be a multiple of 5 between 5 and 60", "property": "loadingSeconds"}])
    person = platform.known(str(body.get("chatId")), g.channel)
    if person is None or person.kind != "user":
        raise invalid([{"message": "The value is invalid", "property": "chatId"}])
    with platform.lock:
        person.loading_until = platform.monotonic() + seconds
        platform.changed(person)


def mark_read(platform: Platform, token: object) -> None:
    """Marks everything up to the token's message."""
    user_id, message_id = platform.read_tokens.get(str(token), ("", ""))
    person = platform.known(user_id, g.channel)
    if person is None:
        raise LineError(400, "The value of markAsReadToken is invalid")
    with platform.lock:
        for entry in person.entries:
            if entry.sender == "person" and str(entry.message_id or "") <= message_id:
                entry.read = True
        platform.changed(person)


def content_of(platform: Platform, message_id: str) -> Content:
    content = platform.contents.get(message_id)
    if content is None or content.channel != g.channel:
        raise not_found()
    if content.gone:
        raise LineError(410, "The content is gone")
    return content


def checked_webhook(url: object) -> str:
    if not isinstance(url, str) or len(url) > WEBHOOK_URL or not webhook.host_of(url):
        raise invalid([{"message": "Invalid webhook endpoint URL", "property": "endpoint"}])
    if not webhook.is_loopback(url):
        raise invalid([{"message": "Only this machine can be called", "property": "endpoint"}])
    return url


def tested(platform: Platform, url: str) -> dict[str, Any]:
    """LINE's verification: an empty list of events, which does not count as an error of the bot."""
    delivery = webhook.deliver(platform.channels[g.channel], url, [])
    reasons = {
        "could_not_connect": "COULD_NOT_CONNECT",
        "request_timeout": "REQUEST_TIMEOUT",
        "error_status_code": "ERROR_STATUS_CODE",
        "unclassified": "UNCLASSIFIED",
    }
    return {
        "success": delivery.ok,
        "timestamp": platform.now().isoformat().replace("+00:00", "Z"),
        "statusCode": delivery.status or 0,
        "reason": "OK" if delivery.ok else reasons[delivery.reason],
        "detail": str(delivery.status) if delivery.ok else delivery.detail,
    }
