"""What a page says when it cannot be shown: in Japanese, with what to do next."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

WORDS = {
    HTTPStatus.BAD_REQUEST: (
        "もう一度お試しください",
        "ページを開いてから時間がたったか、送信が途切れました。LINEのトークに戻り、ボタンからページを開き直してください。",
    ),
    HTTPStatus.NOT_FOUND: (
        "ページが見つかりません",
        "アドレスが違うか、使えなくなっています。LINEのトークに戻り、もう一度ボタンを押してください。"
        "施設の方は、いちばん新しい台紙の二次元コードから開いてください。",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "このページは開けません",
        "LINEのトークに戻り、もう一度ボタンを押してください。",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "送る内容が大きすぎます",
        "LINEのトークに戻り、ボタンからページを開き直してください。",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "少しお待ちください",
        "短い時間に何度も開かれました。1分ほど待ってから、もう一度お試しください。",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "申し訳ありません",
        "こちらの不具合で表示できませんでした。少し待ってから、LINEのトークに戻ってやり直してください。",
    ),
}


def say_in_words(app: Flask) -> None:
    """Every error of the app's pages ends in a page that says what to do."""
    for status in WORDS:
        app.register_error_handler(status, _page(status))


def _page(status: HTTPStatus) -> Callable[[HTTPException], tuple[str, int]]:
    title, words = WORDS[status]
    return lambda error: (render_template("error.html", title=title, words=words), status)
