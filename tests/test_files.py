"""Files are whole or not there."""

import errno
import json
import os

import pytest

from mtkd.files import (
    UnreadableFile,
    is_full_disk,
    read_json,
    read_mapping,
    write_bytes,
    write_json,
)


def test_what_is_written_is_read_back_and_nothing_else_is_left(tmp_path):
    file = tmp_path / "new" / "folder" / "a.json"
    write_json(file, {"name": "τ", "values": [1, 2.5]})
    assert read_json(file) == {"name": "τ", "values": [1, 2.5]}
    assert [path.name for path in file.parent.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    write_bytes(file, b"old")

    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match=r"cannot write .*a\.txt: No space left on device") as caught:
        write_bytes(file, b"new")
    assert is_full_disk(caught.value)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_other_errors_are_no_full_disk(number):
    assert not is_full_disk(OSError(number, "no"))
    assert not is_full_disk(ValueError("no"))


def test_a_full_disk_is_seen_behind_the_error_it_caused():
    error = RuntimeError("could not save")
    error.__cause__ = OSError(errno.ENOSPC, "full")
    assert is_full_disk(error)


def test_a_damaged_file_is_told_by_name_and_what_to_do(tmp_path):
    file = tmp_path / "result.json"
    file.write_text(json.dumps({"a": 1})[:-2])
    with pytest.raises(UnreadableFile, match=r"result\.json is damaged .*delete it") as caught:
        read_json(file)
    assert "\n" not in str(caught.value)
    file.write_text("[" * 200_000)
    with pytest.raises(UnreadableFile, match=r"result\.json is damaged .*delete it"):
        read_json(file)
    assert read_mapping(file) == {}
    with pytest.raises(UnreadableFile, match=r"none\.json does not exist"):
        read_json(tmp_path / "none.json")
