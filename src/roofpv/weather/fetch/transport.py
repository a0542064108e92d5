"""
One question to a service over HTTP, asked again politely where that can help.

The getters of pvlib.iotools are not called: of a failure they keep neither the status nor
``Retry-After``, that for NASA POWER waits for ever, and their errors repeat the whole address,
API key included. What is asked is what they ask, which the tests hold.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

import requests
from requests import exceptions as faults

from roofpv import __version__
from roofpv.errors import InvalidWeather
from roofpv.text import plain

Answer = TypeVar("Answer")

_CONNECT_SECONDS = 15.0
_CHUNK_BYTES = 1 << 16
# A year of hours has 1.1 MB from PVGIS, 0.9 MB from NASA POWER: a century of them is a fifth.
_MOST_BYTES = 500_000_000
# Statuses that say "not now": request timeout, too early, too many requests.
_LATER = {408, 425, 429}
_LONGEST_TOLD = 200
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
# What readers stumble over in an answer that is cut off or something else.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Request:
    """
    An address and its parameters; ``secrets`` names those that are told to nobody else.

    ``where`` is the cell, for messages.
    """

    where: str
    url: str
    params: Mapping[str, str]
    secrets: tuple[str, ...] = ()

    @property
    def public_params(self) -> dict[str, str]:
        """Parameters without the secret ones."""
        return {key: self.params[key] for key in sorted(self.params) if key not in self.secrets}

    @property
    def public_url(self) -> str:
        """Address without a user's name, password or query."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    def hide(self, text: str) -> str:
        """Text with every secret value in it made unreadable."""
        for name in self.secrets:
            value = self.params.get(name, "")
            for form in (value, quote(value, safe=""), quote_plus(value)):
                text = text.replace(form, "***") if form else text
        return text


@dataclass(frozen=True)
class Patience:
    """
    How often and how long a service is asked; seconds.

    ``pause`` lies between requests: PVGIS allows 30 calls a second [1]_, NSRDB one. Failures are
    followed by ``first_delay`` doubled each time, or by what the service asks, up to
    ``longest_delay``. ``timeout`` is for silence, ``longest_answer`` for a whole answer, which has
    ``most_bytes`` at most, unpacked.

    References
    ----------
    .. [1] https://joint-research-centre.ec.europa.eu/pvgis-online-tool/getting-started-pvgis/api-non-interactive-service_en
    """

    tries: int = 5
    first_delay: float = 2.0
    longest_delay: float = 300.0
    pause: float = 1.0
    timeout: float = 120.0
    longest_answer: float = 900.0
    most_bytes: int = _MOST_BYTES
    sleep: Callable[[float], None] = field(default=time.sleep)
    tell: Callable[[str], None] = field(default=lambda _line: None)


class Refused(InvalidWeather):
    """The service will not answer this question, however often it is asked."""

    def __init__(self, where: str, problem: str, mend: str, status: int = 0) -> None:
        super().__init__(where, problem, mend)
        self.status = status


class Stopped(InvalidWeather):
    """The service cannot be reached, or does not answer as it should; later it may."""


class _Passing(Exception):
    """A fault that may be gone next time; ``wait`` is the delay [s] that the service asks for."""

    def __init__(self, said: str, wait: float | None = None) -> None:
        super().__init__(said)
        self.wait = wait


def ask(request: Request, patience: Patience, read: Callable[[bytes], Answer]) -> Answer:
    """
    Ask a service, and again where that may help.

    Parameters
    ----------
    request : Request
    patience : Patience
    read : callable
        Makes something of the body of an answer; any error of reading counts as a damaged answer.

    Raises
    ------
    Refused
        The service (or ``read``) says that the question cannot be answered.
    Stopped
        Every try failed, or the service asks for a longer break.
    """
    for attempt in range(1, patience.tries + 1):
        try:
            return _read(_body(request, patience), read)
        except _Passing as fault:
            said = request.hide(str(fault))
            delay = patience.first_delay * 2 ** (attempt - 1)
            delay = delay if fault.wait is None else max(fault.wait, patience.pause)
            if delay > patience.longest_delay:
                said = f"{said}, and the service asks to wait {delay / 60:.0f} minutes"
                raise Stopped(request.where, said, "Wait that long") from None
            if attempt < patience.tries:
                patience.tell(
                    f"{request.where}: {said}; try {attempt + 1} of {patience.tries} in {delay:g} s"
                )
                patience.sleep(delay)
    raise Stopped(
        request.where, f"{said} ({patience.tries} tries)", "Check the network, or try later"
    )


def _read(body: bytes, read: Callable[[bytes], Answer]) -> Answer:
    start = body[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if not start:
        raise _Passing("an empty answer")
    if start.startswith(b"<"):
        raise _Passing(f"a web page in place of data{_title(body)}")
    try:
        return read(body)
    except Refused:
        raise
    except InvalidWeather as error:
        said = _told(body) or error.problem
    except _UNREADABLE as error:
        said = _told(body) or f"{type(error).__name__}: {plain(error, 80)}"
    raise _Passing(f"a damaged answer ({said})")


def _body(request: Request, patience: Patience) -> bytes:
    """Body of an answer with status 200, whole."""
    try:
        with requests.get(
            request.url, params=dict(request.params), stream=True,
            timeout=(min(_CONNECT_SECONDS, patience.timeout), patience.timeout),
            headers={"User-Agent": f"roofpv/{__version__}"},
        ) as answer:  # fmt: skip
            body = b"".join(_chunks(answer, request, patience))
            _check_status(answer, body, request)
            _check_whole(answer, body)
            return body
    except (faults.ChunkedEncodingError, faults.ContentDecodingError) as fault:
        raise _Passing("an answer that is cut off or damaged") from fault
    except faults.Timeout as fault:
        raise _Passing(f"no answer within {patience.timeout:g} s") from fault
    except faults.ConnectionError as fault:
        raise _Passing(_lost(fault, request, patience)) from fault
    except faults.RequestException as fault:
        said = f"{type(fault).__name__}: the address {request.public_url} cannot be used"
        raise Refused(request.where, said, "Correct --url or the proxy settings") from None


def _lost(fault: Exception, request: Request, patience: Patience) -> str:
    """What became of a connection, without the address that requests puts into its errors."""
    said, host = str(fault).lower(), urlsplit(request.public_url).netloc
    if isinstance(fault, faults.ProxyError):
        return f"the proxy on the way to {host} does not answer"
    if isinstance(fault, faults.SSLError):
        return f"no safe connection to {host} (certificate or protocol)"
    # A silence in the middle of a body is reported as a lost connection.
    if "timed out" in said:
        return f"no answer within {patience.timeout:g} s"
    if "aborted" in said or "reset" in said:
        return f"{host} hung up without an answer"
    return f"{host} cannot be reached"


def _chunks(answer: Any, request: Request, patience: Patience) -> Iterator[bytes]:
    deadline, size = time.monotonic() + patience.longest_answer, 0
    for chunk in answer.iter_content(_CHUNK_BYTES):
        if time.monotonic() > deadline:
            raise _Passing("an answer that does not end")
        size += len(chunk)
        if size > patience.most_bytes:
            raise Refused(
                request.where,
                f"an answer of more than {patience.most_bytes:,} bytes, which no weather has",
                "Check --url, or ask for fewer years",
            )
        yield chunk


def _check_status(answer: Any, body: bytes, request: Request) -> None:
    status = int(answer.status_code)
    if status == requests.codes.ok:
        return
    said = f"HTTP {status}{_reason(answer)}"
    told = _told(body)
    if status in _LATER or status >= 500:
        raise _Passing(f"{said}: {told}" if told else said, _retry_after(answer))
    said = request.hide(f"the service refuses: {told} (HTTP {status})" if told else said)
    raise Refused(request.where, said, "Change what is asked", status)


def _reason(answer: Any) -> str:
    reason = plain(answer.reason or "", 60)
    return f" {reason}" if reason else ""


def _check_whole(answer: Any, body: bytes) -> None:
    """Hold the length against the stated one, which older versions of urllib3 leave unchecked."""
    stated = str(answer.headers.get("Content-Length", ""))
    encoded = answer.headers.get("Content-Encoding", "identity") != "identity"
    if stated.isdigit() and not encoded and len(body) < int(stated):
        raise _Passing(f"an answer that is cut off ({len(body)} of {stated} bytes)")


def _retry_after(answer: Any) -> float | None:
    """Seconds that a service asks to wait, stated in seconds or as a date (RFC 9110, 10.2.3)."""
    text = str(answer.headers.get("Retry-After", "")).strip()
    if text.isdigit():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None


def _title(body: bytes) -> str:
    found = _TITLE.search(body[:4096].decode("utf-8", "replace"))
    title = plain(" ".join(found[1].split()), 60) if found else ""
    return f" ({title})" if title else ""


def _told(body: bytes) -> str:
    """What a service says went wrong, in one line; nothing if it says nothing."""
    text = body[: 1 << 16].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return _title(body).strip(" ()")
    try:
        document = json.loads(text)
    except ValueError:
        document = {} if text.startswith(("{", "[")) or text.count("\n") > 5 else text
    return plain(" ".join("; ".join(_messages(document)).split()), _LONGEST_TOLD)


def _messages(document: Any) -> list[str]:
    """Texts under the names that services give to their complaints."""
    if isinstance(document, str):
        return [document] if document.strip() else []
    if isinstance(document, list):
        return [text for one in document for text in _messages(one)]
    if not isinstance(document, dict):
        return []
    names = ("message", "messages", "msg", "detail", "error", "errors")
    return [text for name in names for text in _messages(document.get(name))]
