#!/usr/bin/env python3
"""Serves a folder on a port of its own, which it prints, well or badly: /HOW/FILE.

HOW: plain, cut and stall (end or sleep after the first half), noranges (the whole whatever is asked
for), nolength (no Content-Length, and cut), wrongrange (another place than asked for, and says so),
wrongbytes (another place than it says), page (a web page with 200). Requests are logged as lines
"HOW RANGE" in FOLDER/requests.
"""

import http.server
import os
import re
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        how, name = self.path.lstrip("/").split("/", 1)
        asked = self.headers.get("Range")
        with open(os.path.join(folder, "requests"), "a") as log:
            print(how, asked or "all", file=log)
        self.close_connection = True
        try:
            content = open(os.path.join(folder, os.path.basename(name)), "rb").read()
        except OSError:
            return self.send_error(404)
        if how == "page":
            content, asked = b"<!DOCTYPE html><title>Sign in</title>" + b" " * 5000, None
        if how in ("noranges", "nolength"):
            asked = None
        start = int(re.match(r"bytes=(\d+)-", asked).group(1)) if asked else 0
        if asked and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", "bytes */%d" % len(content))
            self.send_header("Content-Length", "0")
            return self.end_headers()
        said = start // 2 if how == "wrongrange" else start
        begin = start // 2 if how in ("wrongrange", "wrongbytes") and asked else start
        body = content[begin : begin + len(content) - start]
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header(
                "Content-Range", "bytes %d-%d/%d" % (said, said + len(body) - 1, len(content))
            )
        if how != "nolength":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if how in ("cut", "stall", "nolength"):
            body = body[: len(body) // 2]
        try:
            self.wfile.write(body)
            self.wfile.flush()
            if how == "stall":
                time.sleep(60)
        except OSError:
            pass


folder = sys.argv[1]
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
