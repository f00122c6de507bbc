"""The web application of a house: webhook, pages, health, metrics."""

from urllib.parse import urlsplit

from flask import Flask, Response, send_from_directory
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.webhook import blueprint as webhook_pages
from house.building import House
from pages import address, broadcast, calendar, checkup, desk, errors, linking, points, proof
from pages.needs import Needs
from pages.security import protect
from settings import ROOT


def web(house: House) -> Flask:
    """The web application: webhook, pages, health, metrics."""
    settings = house.settings
    app = Flask("kyosai_line", static_folder=None, root_path=str(ROOT))
    dialog = urlsplit(settings.link_dialog)
    limiter = protect(
        app,
        secret=settings.secret_key,
        form_targets=f"{dialog.scheme}://{dialog.netloc}",
        https=settings.public_url.startswith("https:"),
        proxies=settings.proxies,
    )
    hook = webhook_pages(house.webhook)
    app.extensions["csrf"].exempt(hook)  # signed by LINE
    limiter.exempt(hook)
    app.register_blueprint(hook)
    needs = Needs(
        house.database,
        house.branches,
        house.clock,
        house.seal,
        settings.data_dir / "pictures",
        settings.public_url,
        settings.link_dialog,
        house.link_token,
        house.message_url,
    )
    for each in (linking, proof, points, desk, address, checkup, calendar, broadcast):
        app.register_blueprint(each.blueprint(needs))
    errors.say_in_words(app)
    _add_health(app, house)

    @app.get("/pages/typefaces/<name>")
    def typefaces(name: str) -> Response:
        return send_from_directory(ROOT / "pictures" / "typefaces", name, max_age=86_400)

    @app.get("/pages/<path:name>")
    def page_files(name: str) -> Response:
        return send_from_directory(ROOT / "pages" / "static", name, max_age=3600)

    return app


def _add_health(app: Flask, house: House) -> None:
    @app.get("/healthz")
    def alive() -> str:
        return "ok"

    @app.get("/readyz")
    def ready() -> tuple[str, int]:
        try:
            with house.database.reading() as db:
                db.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            return f"database: {type(error).__name__}", 503
        return "ok", 200

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)
