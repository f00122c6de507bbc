"""What every page carries: a strict content policy, CSRF protection, rate limits, no trace in caches."""

from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network

from flask import Flask, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

FORM_LIFE = timedelta(minutes=30)
REQUESTS = "120 per minute"


def visitor() -> str:
    """Whose requests are counted together: an address, or the network in which one visitor has all IPv6 addresses."""
    text = get_remote_address()
    try:
        address = IPv6Address(text)
    except ValueError:
        return text
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


def protect(app: Flask, *, secret: str, form_targets: str, https: bool, proxies: int = 0) -> Limiter:
    """Protects all pages of the app; `form_targets` = origins a form may lead to (LINE's link dialog).

    Behind a load balancer `proxies` tells how many hops may be believed, else all visitors share one rate limit."""
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=int(FORM_LIFE.total_seconds()),
        WTF_CSRF_SSL_STRICT=False,  # LINE's browser may leave the referrer out; the token decides
        MAX_CONTENT_LENGTH=4_000_000,
    )
    CSRFProtect(app)
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action 'self' {form_targets}"
    )

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("Cache-Control", "no-store")
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    return Limiter(visitor, app=app, storage_uri="memory://", default_limits=[REQUESTS])
