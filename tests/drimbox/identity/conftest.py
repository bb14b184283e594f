from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulators.psc.process import PscProcess, make_pki


@pytest.fixture(scope="module")
def psc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PscProcess]:
    """The Pro Santé Connect simulator, running."""
    folder = tmp_path_factory.mktemp("psc")
    simulator = PscProcess(make_pki(folder / "pki"), folder / "data")
    simulator.start()
    yield simulator
    simulator.close()
