"""How people and programs log in at the scripted model service: Google's and GitHub's ways."""

import time
from typing import Any


class Logins:
    """GitHub's code is typed by nobody: the second question after it finds it typed."""

    def __init__(self) -> None:
        self.asked = 0
        self.keys = 0
        self.lasts = 1500
        """Seconds a key for Copilot is good for; the clock here is hours slow."""

    def reply(self, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
        """What is answered at one of the paths of a login; None for all others."""
        match method, path:
            case "POST", "/token":
                token = {"access_token": "token-of-google", "expires_in": 3600}
                return {**token, "token_type": "Bearer"}
            case "POST", "/login/device/code":
                self.asked = 0
                code = {"device_code": "device", "user_code": "ABCD-1234", "interval": 0.01}
                return {**code, "verification_uri": "https://github.com/login/device"}
            case "POST", "/login/oauth/access_token":
                self.asked += 1
                if body.get("device_code") != "device":
                    return {"error": "incorrect_device_code"}
                return {"error": "authorization_pending"} if self.asked < 2 else _LASTING
            case "GET", "/copilot_internal/v2/token":
                self.keys += 1
                good = headers.get("authorization") == "token gho_lasting"
                key = {"token": f"moment-{self.keys}", "refresh_in": self.lasts}
                return {**key, "expires_at": int(time.time()) - 9000} if good else {}
            case "PUT", "/__lasts":
                self.lasts = body
                return {"lasts": body}
            case _:
                return None


_LASTING = {"access_token": "gho_lasting", "token_type": "bearer", "scope": "read:user"}
