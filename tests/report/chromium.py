"""A headless Chromium, told what to do through its own protocol: enough to open a page, press keys and look."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
KEYS = {"Tab": 9, "Enter": 13, " ": 32}
# A browser asks the network for updates and the like on its own; pages are what is looked at here.
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-gpu")


def found() -> str | None:
    """The browser's path: of $MARKETGRAPH_CHROMIUM, else on the path; None where there is none."""
    named = os.environ.get("MARKETGRAPH_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One browser with one page. requests: every address that it asked for; errors: what went to the console."""

    def __init__(self, path: str, profile: Path) -> None:
        words = [
            path,
            "--headless=new",
            "--no-sandbox",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        ]
        self.process = subprocess.Popen(
            [*words, *QUIET, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.loop = asyncio.new_event_loop()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._count = 0
        self._socket: WebSocketClientConnection = self._run(self._connect(_page_of(profile)))
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    async def _connect(self, address: str) -> WebSocketClientConnection:
        return await websocket_connect(address, max_message_size=1 << 28)

    def close(self) -> None:
        """End the browser."""
        self.process.terminate()
        self.process.wait(timeout=20)
        self.loop.close()

    def size(self, width: int, *, dark: bool = False) -> None:
        """A screen of that width, in light or dark."""
        narrow = width < 500
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=narrow
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str) -> None:
        """Go to a page and wait until it is there, scripts and all."""
        self.requests.clear()
        self.errors.clear()
        self.call("Page.navigate", url=url)
        for _ in range(100):
            if self.ask("document.readyState === 'complete' && location.href !== 'about:blank'"):
                break
            time.sleep(0.05)
        self.ask("new Promise(done => setTimeout(done, 50))")

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript on the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise AssertionError(f"{expression}: {told['exceptionDetails']}")
        return told["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, and let go."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def shoot(self, path: Path) -> bytes:
        """A picture of the screen, as PNG; it is kept at `path`."""
        data = base64.b64decode(self.call("Page.captureScreenshot")["data"])
        path.write_bytes(data)
        return data

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask the browser for something, and note what it says of requests and errors meanwhile."""
        self._count += 1
        return self._run(self._call(self._count, method, params))

    async def _call(self, number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
        await self._socket.write_message(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = await self._socket.read_message()
            if message is None:
                raise AssertionError(f"the browser ended during {method}")
            told = json.loads(message)
            if told.get("id") == number:
                return dict(told.get("result", {}))
            self._note(told)

    def _note(self, told: dict[str, Any]) -> None:
        method, params = told.get("method"), told.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded" or (method == "Runtime.consoleAPICalled" and params["type"] != "log"):
            self.errors.append(str(params))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, timeout=60))


def _page_of(profile: Path) -> str:
    """The address of the page's socket, once the browser has written down its port."""
    written = profile / "DevToolsActivePort"
    for _ in range(300):
        if written.exists() and (lines := written.read_text().split()):
            with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json") as answer:
                pages = [one for one in json.load(answer) if one["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise AssertionError("the browser did not start within 30 s")
