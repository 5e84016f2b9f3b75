"""webdriver.py - Chromium without a screen, driven over W3C WebDriver with the standard library alone."""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key under which WebDriver hands out elements
KEYS = {"space": "\ue00d", "left": "\ue012", "right": "\ue014", "home": "\ue011", "end": "\ue010", "tab": "\ue004"}


def missing():
    """What is not installed, in words; None where all is."""
    for name, package in (("chromedriver", "chromium-driver"), ("chromium", "chromium")):
        if not shutil.which(name):
            return f"{name} is not installed (Debian package {package})"
    return None


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="lowfirst-browser-")
        self.downloads = os.path.join(self.folder, "downloads")
        os.mkdir(self.downloads)
        self.driver = subprocess.Popen([shutil.which("chromedriver"), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for row in self.driver.stdout:
            found = re.search(r"successfully on port (\d+)", row)
            if found:
                break
        else:
            raise RuntimeError("chromedriver ended before it listened")
        self.base = f"http://127.0.0.1:{found.group(1)}/session"
        flags = ["--headless", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--user-data-dir=" + os.path.join(self.folder, "profile")]
        options = {"binary": shutil.which("chromium"), "args": flags,
                   "prefs": {"download.default_directory": self.downloads, "download.prompt_for_download": False}}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}}
        self.base += "/" + self.call("POST", "", wanted)["sessionId"]
        self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.downloads)

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as refused:
            raise RuntimeError(json.load(refused)["value"]["message"].splitlines()[0]) from None

    def post(self, path, **body):
        return self.call("POST", path, body)

    def cdp(self, command, **parameters):
        return self.post("/goog/cdp/execute", cmd=command, params=parameters)

    def open(self, path, query="", width=1200, height=900):
        self.size(width, height)
        self.post("/url", url="file://" + os.path.abspath(path) + query)

    def size(self, width, height=900):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def run(self, script, *arguments):
        return self.post("/execute/sync", script=script, args=list(arguments))

    def wait(self, script):
        """Waits until the script gives something true; at most ten seconds."""
        waiting = ("const done = arguments[0], end = Date.now() + 10000;"
                   f"(function again() {{ const v = (() => {{ {script} }})(); if (v || Date.now() > end) done(v); else setTimeout(again, 20); }})();")
        return self.post("/execute/async", script=waiting, args=[])

    def find(self, css):
        return self.post("/element", using="css selector", value=css)[ELEMENT]

    def click(self, css):
        self.post(f"/element/{self.find(css)}/click")

    def keys(self, *names):
        strokes = [{"type": kind, "value": KEYS.get(name, name)} for name in names for kind in ("keyDown", "keyUp")]
        self.post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def hover(self, css, across, down):
        """Moves the pointer to a place inside an element, in shares of its width and height from the top left."""
        scroll = ("document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'});"
                  "requestAnimationFrame(() => requestAnimationFrame(arguments[1]))")  # the page hears of the scrolling a frame later
        self.post("/execute/async", script=scroll, args=[css])
        left, top, width, height = self.run("const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.left, r.top, r.width, r.height]", css)
        self.pointer = {"type": "pointerMove", "duration": 0, "x": round(left + across * width), "y": round(top + down * height), "origin": "viewport"}
        self.post("/actions", actions=[{"type": "pointer", "id": "mouse", "actions": [self.pointer]}])

    def press(self):
        """Clicks where the pointer was left."""
        self.post("/actions", actions=[{"type": "pointer", "id": "mouse", "actions": [self.pointer, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]}])

    def messages(self):
        """What the console said at level warning or worse since last asked."""
        return [row["message"] for row in self.post("/se/log", type="browser") if row["level"] in ("WARNING", "SEVERE")]

    def requests(self):
        """Addresses that were asked for since last asked."""
        rows = [json.loads(row["message"])["message"] for row in self.post("/se/log", type="performance")]
        return [row["params"]["request"]["url"] for row in rows if row["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path, css=None, whole=False):
        more = {"captureBeyondViewport": True}
        if css or whole:
            box = ("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                   "return {x: r.left + scrollX, y: r.top + scrollY, width: r.width, height: r.height, scale: 1}")
            more["clip"] = self.run(box, css or "html")
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.cdp("Page.captureScreenshot", format="png", **more)["data"]))

    def print_pdf(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.post("/print", shrinkToFit=False, page={"width": 21.0, "height": 29.7})))

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
