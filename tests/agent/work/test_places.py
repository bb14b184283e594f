"""The folders of jobs: one for each key, and swept with age."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.work.places import Places


def test_a_key_has_its_folder_until_it_is_forgotten(tmp_path: Path) -> None:
    places = Places(tmp_path, "import")
    one, other = places.of("demo/incoming/1"), places.of("demo/incoming/2")
    assert one != other
    assert one.name.startswith("import-")
    one.mkdir()
    (one / "file").touch()
    places.forget("demo/incoming/1")
    places.forget("demo/incoming/2")
    assert list(tmp_path.iterdir()) == []


def test_only_folders_of_its_kind_that_nothing_touches_are_swept(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for name, age in (("import-old", 2), ("import-new", 0), ("fill-old", 2)):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "file"
        path.touch()
        at = (now - timedelta(days=age)).timestamp()
        os.utime(path, (at, at))
    Places(tmp_path, "import").sweep(now - timedelta(days=1))
    assert {one.name for one in tmp_path.iterdir()} == {"import-new", "fill-old"}
