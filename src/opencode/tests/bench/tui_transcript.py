"""The terminal's figures, as ratios to a bare Textual app in the same run.

python -m opencode.tests.bench.tui_transcript [idle seconds]
"""

import sys

from opencode.tests.bench.tui_pty import Watched, median, p95, summary

Row = tuple[str, str, str, float, float]
"""What, the bare app's figure, ours, the ratio (or value), the most it may be."""

_LETTERS = [bytes([c]) for c in b"abcdefghijklmnopqrstuvwxyz"]


def probe(kind: str) -> Watched:
    watched = Watched([sys.executable, "-m", "opencode.tests.bench.tui_probe", kind])
    watched.heard()
    watched.quiet(0.3)
    return watched


def keys(app: Watched, count: int = 100) -> list[float]:
    return [app.key(_LETTERS[n % 26]) for n in range(count)]


def focus(app: Watched, count: int = 40) -> list[float]:
    """The terminal loses and gains the focus, then a key is pressed: until it shows."""
    return [app.key(b"\x1b[O\x1b[I" + _LETTERS[n % 26]) for n in range(count)]


def pages(app: Watched, count: int = 40) -> list[float]:
    """One page up and down, with the transcript focused."""
    app.key(b"\x18")  # Ctrl+X J: into the conversation
    app.key(b"j")
    return [app.key(b"\x1b[5~" if n % 4 < 2 else b"\x1b[6~") for n in range(count)]


def start(runs: int = 9) -> list[Row]:
    """Process start to the first painting, and to an input that echoes."""
    paint: dict[str, list[float]] = {"bare": [], "app": []}
    echo: dict[str, list[float]] = {"bare": [], "app": []}
    for _ in range(runs):
        for kind in paint:
            with Watched([sys.executable, "-m", "opencode.tests.bench.tui_probe", kind]) as app:
                while app.first is None:
                    app.pump(0.5)
                paint[kind].append(app.first)
                app.type_until_echoed(b"w")
                echo[kind].append(app.age())
    a, b = median(paint["bare"]), median(paint["app"])
    c, d = median(echo["bare"]), median(echo["app"])
    return [
        ("start to first paint", ms(a), ms(b), b / a, 1.35),
        ("start to an echoing input", ms(c), ms(d), d / c, 1.35),
    ]


def loaded() -> list[Row]:
    """5,000 messages against none."""
    rows: list[Row] = []
    with probe("app") as empty, probe("app") as full:
        opened = [float(app.ask(f"load {n}")[0]) for app, n in ((empty, 20), (full, 5000))]
        # What loading adds is seen against the whole of opening.
        begun = min(empty.first or 1.0, full.first or 1.0)
        a, b = begun + opened[0], begun + opened[1]
        rows.append(("open 5,000 messages", ms(a), ms(b), b / a, 1.3))
        for name, act in (("key to paint", keys), ("focus out/in", focus), ("page scroll", pages)):
            few, many = list[float](), list[float]()
            for _ in range(3):  # by turns: the machine's other work hits both
                few += act(empty)
                many += act(full)
            ratio = p95(many) / p95(few)
            rows.append((f"{name} P95, 5,000 messages", summary(few), summary(many), ratio, 1.5))
    return rows


def streaming(seconds: int = 12) -> list[Row]:
    """100 tokens a second, keys typed meanwhile."""
    figures: dict[str, tuple[float, list[float], float]] = {}
    count = seconds * 100
    for kind in ("log", "app"):
        with probe(kind) as app:
            app.ask("stream 200 0")
            app.quiet()
            before = app.bytes
            app.order(f"stream {count} 100")
            app.rest(0.5)
            app.bytes, written = 0, app.bytes - before
            app.rest(seconds - 6.0)
            written += app.bytes
            echoes = [
                app.echo(bytes([letter])) for letter in b"0123456789" * 4 if not app.rest(0.05)
            ]
            said = app.heard()
            figures[kind] = float(said[1]), echoes, written / ((seconds - 5.5) * 100)
    (cpu_a, echo_a, bytes_a), (cpu_b, echo_b, bytes_b) = figures["log"], figures["app"]
    return [
        ("stream 100/s, CPU", f"{cpu_a:.2f} s", f"{cpu_b:.2f} s", cpu_b / cpu_a, 1.3),
        (
            "stream, key echo median",
            summary(echo_a),
            summary(echo_b),
            median(echo_b) / median(echo_a),
            1.5,
        ),
        ("stream, key echo P95", summary(echo_a), summary(echo_b), p95(echo_b) / p95(echo_a), 1.5),
        ("bytes per streamed token", f"{bytes_a:.0f}", f"{bytes_b:.0f}", bytes_b, 400),
    ]


def flood() -> list[Row]:
    """20,000 tokens as fast as they come, in a bare log and in the transcript."""
    figures: list[float] = []
    for kind in ("log", "app"):
        with probe(kind) as app:
            figures.append(float(app.ask("stream 20000 0")[0]))
    return [
        (
            "20,000 tokens at full speed",
            f"{figures[0]:.2f} s",
            f"{figures[1]:.2f} s",
            figures[1] / figures[0],
            1.5,
        )
    ]


def idle(seconds: float) -> list[Row]:
    """Nothing happens: CPU, wake-ups, growth; and the memory of both apps."""
    rows: list[Row] = []
    with probe("bare") as bare, probe("app") as ours:
        ours.ask("load 20")
        figures: list[list[float]] = []
        for app in (bare, ours):
            a = [float(x) for x in app.ask("usage")]
            app.rest(seconds)
            b = [float(x) for x in app.ask("usage")]
            figures.append(
                [100 * (b[0] - a[0]) / seconds, (b[1] - a[1]) / seconds, b[2], b[2] - a[2]]
            )
        (c1, w1, m1, _), (c2, w2, m2, g2) = figures
        rows.append((f"idle {seconds:.0f} s, % of a core", f"{c1:.2f}", f"{c2:.2f}", c2, 0.3))
        rows.append(("idle wake-ups a second", f"{w1:.2f}", f"{w2:.2f}", w2, 2.0))
        rows.append(("idle growth, MB", "", f"{g2:.2f}", g2, 0.5))
        rows.append(("memory", f"{m1:.0f} MB", f"{m2:.0f} MB", m2 / m1, 1.6))
    return rows


def calls() -> list[Row]:
    """2,000 tool calls: what each hundred adds after the first two hundred."""
    with probe("app") as app:
        figures = [float(x) for x in app.ask("calls 2000")]
    slope = (figures[-1] - figures[1]) / (len(figures) - 2)
    return [
        (
            "2,000 tool calls, MB per 100 after 200",
            f"{figures[1]:.0f} MB",
            f"{figures[-1]:.0f} MB",
            slope,
            0.5,
        )
    ]


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def table(rows: list[Row]) -> bool:
    """Print the figures; whether all hold."""
    print(f"{'':42s}{'reference':>18s}{'ours':>18s}{'figure':>9s}{'limit':>8s}")
    for what, reference, ours, figure, limit in rows:
        verdict = "" if figure <= limit else "  ← over"
        print(f"{what:42s}{reference:>18s}{ours:>18s}{figure:9.2f}{limit:8.2f}{verdict}")
    return all(row[3] <= row[4] for row in rows)


if __name__ == "__main__":
    length = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    every = [*start(), *loaded(), *streaming(), *flood(), *idle(length), *calls()]
    sys.exit(not table(every))
