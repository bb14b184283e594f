"""One throw-away authority for the whole run, a fresh DMP for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.dmp.certificates import Authorities
from simulators.dmp.registry import Registry
from simulators.dmp.store import Store
from tests.simulators.dmp.sender import NOW, Deletion, Publication, Query, Reply, Site


class Bench:
    """A DMP in this process, with a clock that the test sets."""

    def __init__(self, site: Site, path: Path, **options: Any) -> None:
        self.site = site
        self.now = NOW
        self.store = Store(path)
        self.registry = Registry(
            self.store, Authorities.from_pem(site.ca_pem), clock=lambda: self.now, **options
        )

    def submit(self, publication: Publication, peer: bytes | None = None) -> Reply:
        body, content_type = publication.build()
        return Reply.of(*self.registry.submit(body, content_type, peer or self.site.peer))

    def query(self, query: Query, peer: bytes | None = None) -> Reply:
        body, content_type = query.build()
        return Reply.of(*self.registry.query(body, content_type, peer or self.site.peer))

    def update(self, deletion: Deletion, peer: bytes | None = None) -> Reply:
        body, content_type = deletion.build()
        return Reply.of(*self.registry.update(body, content_type, peer or self.site.peer))

    @property
    def held(self) -> list[dict[str, Any]]:
        return self.registry.state()


@pytest.fixture(scope="session")
def site() -> Site:
    return Site.create(NOW)


@pytest.fixture(scope="session")
def other_structure(site: Site) -> Site:
    """Another structure of the same authority."""
    return Site.of(site.authority, NOW, "1920000684")


@pytest.fixture(scope="session")
def stranger() -> Site:
    """The same structure, by an authority that nobody knows."""
    return Site.create(NOW)


@pytest.fixture
def make_bench(site: Site, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(**options: Any) -> Bench:
        benches.append(Bench(site, tmp_path / "dmp.sqlite", **options))
        return benches[-1]

    yield make
    for bench in benches:
        bench.store.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
