import tempfile

import pytest
from sqlmodel import select

from storage.models import Hotline
from storage.packs.reading import read_pack
from storage.scratch import scratch
from storage.session import reading


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_pack_answers_by_itself_and_leaves_nothing(contra_costa, now, temporary):
    pack = read_pack(contra_costa)

    with scratch(pack, now=now) as (database, task_force):
        with reading(database, task_force_id=task_force.id) as session:
            first = session.exec(select(Hotline).order_by(Hotline.position)).first()
        (folder,) = temporary.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700

    assert first.emergency
    assert list(temporary.iterdir()) == []


def test_it_is_gone_when_the_block_raises(small, now, temporary):
    with pytest.raises(RuntimeError), scratch(small, now=now):
        raise RuntimeError

    assert list(temporary.iterdir()) == []
