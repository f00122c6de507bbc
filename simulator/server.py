"""One Flask application: LINE's API, the account-link dialog, the control interface and the phone page."""

import socket
import time
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request, send_from_directory
from werkzeug.exceptions import HTTPException, NotFound

from .api import create_api
from .browser import Browsers
from .control import create_control
from .dialog import create_dialog
from .errors import Impossible, LineError
from .menu_api import create_menu_api
from .platform import Platform
from .reading import read_json

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob: https: http://127.0.0.1:* http://localhost:*",
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
)
UPLOAD_BYTES = 32 * 1024 * 1024
LINE_PATHS = ("/v2/", "/oauth2/", "/bot/")


def create_app(platform: Platform) -> Flask:
    """Everything on one address. Use a server with threads: pages and webhooks call back into it."""
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = UPLOAD_BYTES
    app.register_blueprint(create_api(platform))
    app.register_blueprint(create_menu_api(platform))
    app.register_blueprint(create_dialog(platform))
    app.register_blueprint(create_control(platform, Browsers(platform)))

    @app.get("/")
    @app.get("/R/oaMessage/<path:account>")
    def phone(account: str = "") -> Response:
        """The phone page; a link to an account's chat opens it there (the page reads its own address)."""
        response = Response(render_template("phone.html"))
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        return response

    @app.get("/typefaces/<name>")
    def typeface(name: str) -> Response:
        """Japanese letters for a browser that has none."""
        if platform.typefaces is None:
            raise NotFound
        return send_from_directory(platform.typefaces, name, max_age=86_400)

    @app.before_request
    def begin() -> None:
        g.request_id, g.fault, g.channel = str(uuid.uuid4()), None, None

    @app.after_request
    def end(response: Response) -> Response:
        return finished(platform, response) if request.path.startswith(LINE_PATHS) else response

    @app.errorhandler(LineError)
    def refused(error: LineError) -> Response:
        response = jsonify(error.body())
        response.status_code = error.status
        response.headers.update(error.headers)
        return response

    @app.errorhandler(Impossible)
    def impossible(error: Impossible) -> tuple[Response, int]:
        return jsonify({"error": error.error, **error.extra}), error.status

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> tuple[Response, int]:
        status = error.code or 500
        if request.path.startswith("/sim"):
            return jsonify(error=error.description or error.name), status
        return jsonify(message="Not found" if status == 404 else error.name), status

    return app


def finished(platform: Platform, response: Response) -> Response:
    """Every answer carries its request id and is written down; then an ordered fault does its harm."""
    response.headers["x-line-request-id"] = g.request_id
    fault, body = g.fault, sent_json()
    with platform.lock:
        platform.calls.add(
            method=request.method,
            endpoint=request.path,
            status=response.status_code,
            recipients=recipients(platform, body),
            retry_key=request.headers.get("X-Line-Retry-Key"),
            body=body,
            channel=g.channel,
            request_id=g.request_id,
            dropped=bool(fault and fault.drop_response),
        )
    if fault:
        time.sleep(fault.delay_ms / 1000)
    return hang_up(response) if fault and fault.drop_response else response


def sent_json() -> Any:
    """What a call brought, as far as it is JSON."""
    try:
        return read_json(request.get_data()) if request.is_json else None
    except ValueError:
        return None


def recipients(platform: Platform, body: Any) -> list[str]:
    """Who a call is about: `to`, the person behind a reply token, a chat, or the user in the path."""
    found = (request.view_args or {}).get("user_id")
    if isinstance(body, dict):
        found = body.get("to") or body.get("userIds") or body.get("chatId") or found
        if token := body.get("replyToken"):
            found = platform.replies.target(token)
    return [str(each) for each in found] if isinstance(found, list) else [str(found)] if found else []


def hang_up(response: Response) -> Response:
    """Close the connection without an answer; under a server that hides it, break off the body."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
        return response
    broken = Response(broken_off(), response.status_code)
    broken.headers["Content-Length"] = "1000000"
    return broken


def broken_off() -> Iterator[bytes]:
    yield b""
    raise ConnectionAbortedError("this answer was ordered to be lost")
