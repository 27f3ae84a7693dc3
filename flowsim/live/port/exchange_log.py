"""One short line for each exchange, without secrets: of a query only those values that are none."""

import logging

from flowsim.model.shown import one_line
from flowsim.protocol.addresses import origin_of, split
from flowsim.protocol.messages import REDIRECTS, Response, content_type, parse_pairs, query_of, single

LOG = logging.getLogger("flowsim.serve")
LOG.addHandler(logging.NullHandler())
_SHOWN = ("response_type", "client_id", "scope", "prompt", "response_mode", "display", "error")
_WIDTH = 200  # characters of an address


def exchange(method: str, target: str, answer: Response) -> None:
    """Tell of this request and its answer."""
    if LOG.isEnabledFor(logging.INFO):
        LOG.info("%s %s %d%s", one_line(method, 20), _address(target), answer.status, _outcome(answer))


def refused(method: str, target: str, status: int, why: str) -> None:
    """Tell of a request that was kept from the world."""
    LOG.warning("%s %s %d: %s", one_line(method, 20), _address(target), status, one_line(why, _WIDTH))


def malformed(peer: str, status: int, why: str) -> None:
    """Tell of octets that are no request."""
    LOG.warning("%s: %s, answered with %d", peer or "somebody", one_line(why, _WIDTH), status)


def ended(peer: str, why: str) -> None:
    """Tell of a connection that was closed."""
    LOG.warning("%s: %s, closed", peer or "somebody", one_line(why, _WIDTH))


def _address(target: str) -> str:
    path, sign, query = target.partition("?")
    shown = [f"{name}={value if name in _SHOWN else '…'}" for name, value in parse_pairs(query)]
    return one_line(f"{path}{sign}{'&'.join(shown)}", _WIDTH)


def _outcome(answer: Response) -> str:
    if answer.status in REDIRECTS:
        where = split(answer.location)
        error = single(query_of(answer.location), "error")
        place = f"{origin_of(answer.location)}{where.path}" if where.authority else f"{where.scheme}:{where.path}"
        return f" → {one_line(place, _WIDTH)}{f' {one_line(error, _WIDTH)}' if error else ''}"
    if answer.status >= 400 and content_type(answer) == "application/json":
        return f" {one_line(answer.json().get('error', ''), _WIDTH)}"
    return ""
