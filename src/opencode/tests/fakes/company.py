"""A company's network: names only its proxy can reach, behind certificates of its own authority."""

import asyncio
import contextlib
import datetime
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Company:
    """`proxy` is an address, `authority` a PEM file, `seen` what the proxy was asked for."""

    authority: Path
    proxy: str = ""
    seen: list[str] = field(default_factory=list)
    servers: list[asyncio.Server] = field(default_factory=list)


@contextmanager
def company(folder: Path, sites: Mapping[str, str]) -> Iterator[Company]:
    """`sites`: a name to the http address that really answers for https at that name."""
    made = Company(folder / "authority.pem")
    context = certified(folder, made.authority, list(sites))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(_open(made, sites, context), loop).result(10)
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_close(made), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _open(made: Company, sites: Mapping[str, str], context: ssl.SSLContext) -> None:
    fronts: dict[str, int] = {}
    for name, address in sites.items():
        port = urlsplit(address).port or 80

        async def front(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int = port
        ) -> None:
            await _joined(reader, writer, port)

        server = await asyncio.start_server(front, "127.0.0.1", 0, ssl=context)
        made.servers.append(server)
        fronts[name] = server.sockets[0].getsockname()[1]

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        made.seen.append(f"{method} {target}")
        port = fronts.get(target.partition(":")[0])
        if method != "CONNECT" or port is None:
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await _joined(reader, writer, port)

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    made.servers.append(server)
    made.proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Both directions until one of them ends."""
    there, back = await asyncio.open_connection("127.0.0.1", port)
    ways = [asyncio.create_task(_pass(reader, back)), asyncio.create_task(_pass(there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        for end in (writer, back):
            end.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


async def _close(made: Company) -> None:
    for server in made.servers:
        server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def certified(folder: Path, authority: Path, names: list[str]) -> ssl.SSLContext:
    """Key and certificate of a site under `names` in site.pem, whose authority is written, too."""
    own, site = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    us = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The Company")])
    now = datetime.datetime.now(datetime.UTC)

    def begun(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(us)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
        )

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    root = begun(us, own.public_key()).add_extension(x509.BasicConstraints(True, None), True)
    root = root.add_extension(usage, True)
    mine = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
    signed = root.add_extension(mine, False).sign(own, hashes.SHA256())
    authority.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    above = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(mine)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    leaf = begun(name, site.public_key()).add_extension(alternative, False)
    leaf = leaf.add_extension(above, False).sign(own, hashes.SHA256())
    pem = folder / "site.pem"
    plain = serialization.NoEncryption()
    shape = serialization.PrivateFormat.PKCS8
    pem.write_bytes(
        site.private_bytes(serialization.Encoding.PEM, shape, plain)
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
