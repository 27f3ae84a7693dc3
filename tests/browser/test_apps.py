"""The single-page apps of notebooks/apps log in, in Chromium, at a server on a port."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from flowsim.live.port.server import served
from flowsim.live.world import LiveWorld
from flowsim.model.world import RegisteredClient
from tests.browser.axe import violations
from tests.browser.conftest import sealed
from tests.browser.jupyter import ROOT

APPS = ROOT / "notebooks" / "apps"
