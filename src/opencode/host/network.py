"""How connections leave this machine: what the settings say becomes what every client reads."""

from collections.abc import MutableMapping, Sequence
from pathlib import Path

from opencode.host.certificates import OURS

_HERE = ("localhost", "127.0.0.1", "::1")


def settle(
    env: MutableMapping[str, str], proxy: str, no_proxy: Sequence[str], certificates: str
) -> None:
    """Write the settings into the environment, from which our clients, the model worker and the
    programs we start take them. Where there is a proxy, this machine is reached without it."""
    if certificates:
        env[OURS] = str(Path(certificates).expanduser())
    if proxy:
        address = proxy if "://" in proxy else f"http://{proxy}"
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            env[name] = env[name.lower()] = address
    if proxy or no_proxy or has_proxy(env):
        written = env.get("no_proxy") or env.get("NO_PROXY") or ""
        hosts = [*(part.strip() for part in written.split(",")), *no_proxy, *_HERE]
        env["NO_PROXY"] = env["no_proxy"] = ",".join(dict.fromkeys(filter(None, hosts)))


def has_proxy(env: MutableMapping[str, str]) -> bool:
    """Whether the environment names one."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return any(env.get(name) or env.get(name.lower()) for name in names)


def proxy_for(scheme: str, host: str) -> str:
    """The proxy through which a host is reached; "" for none."""
    import urllib.request  # noqa: PLC0415 - 7 ms that only a fetch needs

    known = urllib.request.getproxies()
    proxy = known.get(scheme, "") or known.get("all", "")
    return "" if not proxy or urllib.request.proxy_bypass(host) else proxy
