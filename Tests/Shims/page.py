"""Shows a page in headless Chromium and says in JSON what happened.

    page.py PAGE [FOLDER]    FOLDER receives a picture of each view
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

VIEWS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]


class Browser:
    """Chromium, spoken to by the DevTools protocol over a pair of pipes."""

    def __init__(self, profile):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        from_us, self.output = os.pipe()
        self.input, to_us = os.pipe()

        def become_descriptors():
            # 3 and 4 may be what is moved.
            moved = [os.dup(from_us), os.dup(to_us)]
            high = [os.dup2(moved[0], 30), os.dup2(moved[1], 31)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        arguments = [program, "--headless=new", "--remote-debugging-pipe", "--disable-gpu",
                     "--no-first-run", "--disable-dev-shm-usage", f"--user-data-dir={profile}"]
        if os.getuid() == 0:
            arguments.append("--no-sandbox")
        self.process = subprocess.Popen(
            arguments, close_fds=False, preexec_fn=become_descriptors,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self.buffer = b""
        self.number = 0
        self.events = []

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.input, 1 << 16)
            if not part:
                sys.exit("chromium ended")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())


def look(browser, session, page, width, scheme, folder):
    browser.events = []
    browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900,
                 deviceScaleFactor=1, mobile=width < 600)
    browser.call("Emulation.setEmulatedMedia", session,
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.call("Page.navigate", session, url="file://" + os.path.abspath(page))
    browser.wait("Page.loadEventFired")

    def value(expression):
        result = browser.call("Runtime.evaluate", session, expression=expression,
                              returnByValue=True)
        return result["result"].get("value")

    view = {
        "width": width, "scheme": scheme,
        "scrollWidth": value("document.documentElement.scrollWidth"),
        "background": value("getComputedStyle(document.body).backgroundColor"),
        "heading": value("document.querySelector('h1').textContent"),
        "polylines": value("document.querySelectorAll('polyline').length"),
        "brokenImages": value("[...document.images].filter(i => !i.naturalWidth).length"),
        "images": value("document.images.length"),
        "scripts": value("document.scripts.length"),
        "smallestTick": value("Math.min(...[...document.querySelectorAll('text')].map("
                              "t => t.getBoundingClientRect().height))"),
    }
    if folder:
        picture = browser.call("Page.captureScreenshot", session, captureBeyondViewport=True)
        with open(f"{folder}/{width}-{scheme}.png", "wb") as file:
            file.write(base64.b64decode(picture["data"]))
    methods = [(event.get("method"), event.get("params", {})) for event in browser.events]
    urls = [parameters["request"]["url"] for method, parameters in methods
            if method == "Network.requestWillBeSent"]
    view["requests"] = [url for url in urls if not url.startswith("data:")]
    view["complaints"] = [json.dumps(parameters) for method, parameters in methods
                          if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled",
                                        "Log.entryAdded")]
    return view


def main():
    page = sys.argv[1]
    folder = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            session = browser.call("Target.attachToTarget", targetId=target,
                                   flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log"):
                browser.call(f"{domain}.enable", session)
            print(json.dumps([look(browser, session, page, width, scheme, folder)
                              for width, scheme in VIEWS]))
        finally:
            browser.process.kill()
            browser.process.wait()


main()
