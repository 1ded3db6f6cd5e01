import asyncio
import threading

import pytest

from opencode.core.error import ToolError
from opencode.host.addresses import PrivateAddress, check, looks_private, resolve
from opencode.host.http import fetch
from opencode.tests.fakes.toy_web import Answer, toy_web

METADATA = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "fe80::1%eth0",
]


@pytest.mark.parametrize("address", METADATA)
def test_addresses_that_tell_a_cloud_machine_its_keys_are_never_reached(address: str) -> None:
    with pytest.raises(ToolError, match="never reached"):
        check("some.name", address, private=True)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "::ffff:10.0.0.1", "0.0.0.0", "fc00::1"],
)
def test_private_addresses_need_a_person(address: str) -> None:
    with pytest.raises(PrivateAddress, match="private=true"):
        check("some.name", address, private=False)
    check("some.name", address, private=True)


def test_public_addresses_may_be_reached() -> None:
    check("some.name", "93.184.216.34", private=False)
    check("some.name", "2606:2800:220:1::1", private=False)


async def test_a_number_that_means_loopback_is_seen_through() -> None:
    with pytest.raises(PrivateAddress):
        await resolve("2130706433", 80, private=False)
    with pytest.raises(PrivateAddress):
        await resolve("0x7f.1", 80, private=False)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("printer", True),
        ("x.local", True),
        ("metadata.google.internal", True),
        ("10.0.0.1", True),
        ("[::1]", True),
        ("example.com", False),
        ("8.8.8.8", False),
    ],
)
def test_some_names_say_themselves_that_they_are_private(host: str, said: bool) -> None:
    assert looks_private(host) is said


async def test_redirects_stay_on_the_host_and_others_are_handed_back() -> None:
    with toy_web({}) as web:
        web.pages["/a"] = Answer(status=302, headers={"Location": "/b"})
        web.pages["/b"] = Answer("here")
        web.pages["/c"] = Answer(status=301, headers={"Location": "http://169.254.169.254/keys"})
        web.pages["/d"] = Answer(status=302, headers={"Location": "file:///etc/passwd"})
        web.pages["/loop"] = Answer(status=302, headers={"Location": "/loop"})
        page = await fetch(f"{web.url}/a", accept="*/*", private=True)
        assert (page.url, page.body) == (f"{web.url}/b", b"here")
        web.pages["/e"] = Answer(status=301, headers={"Location": "http://10.0.0.1/x"})
        moved = await fetch(f"{web.url}/e", accept="*/*", private=True)
        assert (moved.moved, moved.body) == ("http://10.0.0.1/x", b"")
        with pytest.raises(ToolError, match=r"169\.254\.169\.254 is an address that is never"):
            await fetch(f"{web.url}/c", accept="*/*", private=True)
        with pytest.raises(ToolError, match="Only http"):
            await fetch(f"{web.url}/d", accept="*/*", private=True)
        with pytest.raises(ToolError, match="redirects more than"):
            await fetch(f"{web.url}/loop", accept="*/*", private=True)


async def test_the_server_is_told_the_name_though_the_address_is_pinned() -> None:
    with toy_web({"/": Answer("x")}) as web:
        port = web.url.rpartition(":")[2]
        await fetch(f"http://localhost:{port}/", accept="*/*", private=True)
        assert web.asked[0][1]["Host"] == f"localhost:{port}"


async def test_nothing_is_asked_of_a_private_server_without_leave() -> None:
    with toy_web({"/": Answer("x")}) as web:
        with pytest.raises(PrivateAddress):
            await fetch(web.url, accept="*/*")
        assert web.asked == []


async def test_pages_larger_than_the_limit_are_refused_told_or_not() -> None:
    with toy_web({"/": Answer(b"x" * 3000)}) as web:
        web.pages["/gz"] = Answer(_zipped(), headers={"Content-Encoding": "gzip"})
        for path in ("/", "/gz"):
            with pytest.raises(ToolError, match="larger than"):
                await fetch(web.url + path, accept="*/*", private=True, limit=2000)


async def test_a_server_that_never_answers_is_given_up() -> None:
    page = Answer("x", held=threading.Event())
    with toy_web({"/": page}) as web, pytest.raises(ToolError, match="did not answer"):
        await fetch(web.url, accept="*/*", private=True, seconds=0.3)


async def test_cancelling_a_fetch_ends_it() -> None:
    with toy_web({"/": Answer("x", held=threading.Event())}) as web:
        task = asyncio.create_task(fetch(web.url, accept="*/*", private=True))
        async with asyncio.timeout(10):
            while not web.asked:
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.y/", "http://", "http://me:pw@example.com/", "no url"]
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ToolError):
        await fetch(url, accept="*/*")


def _zipped() -> bytes:
    import gzip

    return gzip.compress(b"x" * 1_000_000)
