from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode.session.journal import Journal, frame, read_records


def filled(path: Path, *payloads: bytes) -> None:
    journal = Journal(path)
    journal.open()
    for payload in payloads:
        journal.append(payload)
    journal.close()


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    filled(path, b'{"a":1}', b'{"b":2}')
    assert Journal(path).open() == [b'{"a":1}', b'{"b":2}']


def test_a_torn_tail_is_cut_and_kept_aside_wherever_it_tears(tmp_path: Path) -> None:
    whole = frame(b'{"a":1}')
    second = frame(b'{"b":2}')
    for cut in range(1, len(second)):
        path = tmp_path / f"{cut}.journal"
        path.write_bytes(whole + second[:cut])
        assert Journal(path).open() == [b'{"a":1}']
        assert path.read_bytes() == whole
        assert path.with_suffix(".torn").read_bytes() == second[:cut] + b"\n"


def test_records_after_a_damaged_one_still_count(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    damaged = bytearray(frame(b'{"b":2}'))
    damaged[-4] ^= 1
    path.write_bytes(frame(b'{"a":1}') + damaged + frame(b'{"c":3}'))
    assert Journal(path).open() == [b'{"a":1}', b'{"c":3}']
    assert path.with_suffix(".torn").read_bytes() == bytes(damaged)


@given(st.binary(max_size=60), st.integers(0, 7), st.data())
def test_no_flipped_bit_is_taken_for_a_record(
    tmp_path_factory: pytest.TempPathFactory, payload: bytes, bit: int, data: st.DataObject
) -> None:
    payload = payload.replace(b"\n", b" ").replace(b"\r", b" ")
    line = bytearray(frame(payload))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped.journal"
    path.write_bytes(line)
    assert payload not in read_records(path).whole or line.lower() == frame(payload)


def test_an_empty_journal_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    journal = Journal(path)
    journal.open()
    journal.append(b"{}")
    journal.clear(journal.size)
    journal.close()
    assert not path.exists()


def test_a_fold_never_clears_what_was_written_after_it_began(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s.journal")
    journal.open()
    journal.append(b'{"a":1}')
    size = journal.size
    journal.append(b'{"b":2}')
    journal.clear(size)
    journal.close()
    assert read_records(journal.path).whole == [b'{"a":1}', b'{"b":2}']
