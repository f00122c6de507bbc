"""The two bots that we are measured against: echoes by the SDK, sent inside the request."""

import os

from flask import Flask, Response, abort, request
from linebot.v3 import WebhookHandler
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, ReplyMessageRequest, TextMessage
from linebot.v3.webhooks import MessageEvent, TextMessageContent


def readme() -> Flask:
    """As the SDK's first page shows it: a new client for each request."""
    handler = WebhookHandler(os.environ["BENCH_SECRET"])
    configuration = _configuration()

    def echo(event: MessageEvent) -> None:
        with ApiClient(configuration) as client:
            MessagingApi(client).reply_message_with_http_info(_reply(event))

    handler.add(MessageEvent, message=TextMessageContent)(echo)
    return _app(handler)


def careful() -> Flask:
    """One warm client for all requests."""
    handler = WebhookHandler(os.environ["BENCH_SECRET"])
    configuration = _configuration()
    if connections := os.environ.get("BENCH_CONNECTIONS"):
        configuration.connection_pool_maxsize = int(connections)
    line = MessagingApi(ApiClient(configuration))

    def echo(event: MessageEvent) -> None:
        line.reply_message_with_http_info(_reply(event))

    handler.add(MessageEvent, message=TextMessageContent)(echo)
    return _app(handler)


def _configuration() -> Configuration:
    # The authorities come by SSL_CERT_FILE, as the system's own would.
    return Configuration(access_token="t" * 200, host=os.environ["LINE_API"])


def _reply(event: MessageEvent) -> ReplyMessageRequest:
    return ReplyMessageRequest(replyToken=event.reply_token, messages=[TextMessage(text=event.message.text)])


def _app(handler: WebhookHandler) -> Flask:
    app = Flask("echo")

    @app.post("/webhook/<branch>")
    def receive(branch: str) -> Response:
        try:
            handler.handle(request.get_data(as_text=True), request.headers["X-Line-Signature"])
        except InvalidSignatureError:
            abort(400)
        return Response("OK")

    @app.get("/healthz")
    def alive() -> str:
        return "ok"

    return app
