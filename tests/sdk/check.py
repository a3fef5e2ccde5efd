"""The platform's SDK for Python: what it signs is accepted, what it accepts and refuses is what our vectors say."""

import base64
import importlib.metadata
import json
import os
import time
import urllib.error
import urllib.request

from retell.lib.webhook_auth import symmetric

with open(os.environ["CALLFLOW_ENDPOINTS"], encoding="utf-8") as file:
    SALON = json.load(file)["companies"]["haarwerk"]


def post(url, body, key):
    headers = {"content-type": "application/json", "x-retell-signature": symmetric["sign"](body, key)}
    request = urllib.request.Request(url, body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


inbound = json.dumps({"event": "chat_inbound", "chat_inbound": {"from_number": "anonymous", "to_number": "+493023125100", "note": "Grüße"}}, ensure_ascii=False)
status, answer = post(SALON["inbound"], inbound, SALON["signing_key"])
assert status == 200 and json.loads(answer)["chat_inbound"]["dynamic_variables"]["today"], (status, answer)
assert post(SALON["inbound"], inbound, "key_of_somebody_else_0123456789")[0] == 401
event = json.dumps({"event": "call_started", "call": {"call_id": "call_sdk_python", "call_type": "web_call"}})
assert post(SALON["events"], event, SALON["signing_key"])[0] == 204
asked = json.dumps({"name": "get_customer", "call": {"call_id": "call_sdk_python", "from_number": "anonymous", "to_number": "+493023125100"}, "args": {}})
status, answer = post(SALON["functions"], asked, SALON["signing_key"])
assert status == 200 and json.loads(answer)["result"] == "anonymous_caller", (status, answer)

with open(os.environ["VECTORS"], encoding="utf-8") as file:
    CASES = json.load(file)["cases"]
judged = 0
for case in CASES:
    expected = case.get("python_verify", True if case["id"].startswith("signed_") else None)
    if expected is None:
        continue
    try:
        body = base64.b64decode(case["body_base64"]).decode()
    except UnicodeDecodeError:
        continue  # The SDK takes text only.
    real, time.time = time.time, lambda now=case["now_ms"]: now / 1000
    try:
        verdict = symmetric["verify"](body, case["key"], case["header"] or "")
    except Exception:
        verdict = False
    finally:
        time.time = real
    assert bool(verdict) == expected, case["id"]
    judged += 1
assert judged >= 2, judged
print(f"retell-sdk {importlib.metadata.version('retell-sdk')} (PyPI): requests accepted, {judged} vectors judged as written")
