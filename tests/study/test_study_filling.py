"""A shard is filled in its place and on other disks by turns: nothing is lost or asked twice."""

from __future__ import annotations

from collections import Counter

import pytest
from shard_study import SOLVERS, records_of, write_shard_study

from cgr_nb import Study
from cgr_nb.models import ScriptedModel
from cgr_nb.study import shard_folder, shards_of
from cgr_nb.study.merging import merge_shards
from cgr_nb.study.publishing import publish_shard
from cgr_nb.study.shard_state import shard_states

SHARDS = shards_of(SOLVERS, 1)


def make_whole(folder):
    file = write_shard_study(folder, items=4)
    Study.run(file, progress=False, phase="generate").close()
    Study.run(file, progress=False).close()


@pytest.fixture(scope="module")
def whole(made_once):
    """The study in one piece. Read only."""
    return made_once("filling-whole", make_whole)


@pytest.fixture
def asked(monkeypatch):
    """How often each prompt was asked of each model."""
    counts = Counter()
    original = ScriptedModel.reply

    async def reply(self, messages, sampling, on_text=None):
        counts[self.card.name, tuple(messages), sampling] += 1
        return await original(self, messages, sampling, on_text)

    monkeypatch.setattr(ScriptedModel, "reply", reply)
    return counts


@pytest.mark.parametrize("order", [(False, True), (True, False), (False, True, False)])
def test_a_shard_goes_on_wherever_it_was_begun(order, whole, asked, tmp_path):
    file = write_shard_study(tmp_path / "study", items=4)
    Study.run(file, progress=False, phase="generate").close()
    for number, is_elsewhere in enumerate(order):
        for shard in SHARDS:
            Study.run(
                file,
                progress=False,
                phase="answer",
                shard=shard,
                scratch=tmp_path / "disk" if is_elsewhere else None,
                limit=None if number == len(order) - 1 else 1,
            ).close()
    assert set(asked.values()) == {1}
    assert shard_states([file.parent / "shards"]).is_finished
    merge_shards([file.parent / "shards"], file.parent)
    assert records_of(file.parent) == records_of(whole)


def test_what_was_published_beside_a_shard_is_merged_with_it(whole, tmp_path):
    file = write_shard_study(tmp_path / "study", items=4)
    Study.run(file, progress=False, phase="generate").close()
    for shard in SHARDS:
        Study.run(
            file, progress=False, phase="answer", shard=shard, scratch=tmp_path / "disk"
        ).close()
    # Begun in its place by hand, and stopped at once.
    begun = shard_folder(file.parent, SHARDS[0])
    (begun / "study.sqlite").write_bytes((file.parent / "study.sqlite").read_bytes())
    merge_shards([file.parent / "shards"], file.parent)
    assert records_of(file.parent) == records_of(whole)


def test_programs_that_were_written_elsewhere_are_a_study_that_can_be_published(whole, tmp_path):
    file, out = write_shard_study(tmp_path / "files", items=4), tmp_path / "out"
    Study.run(file, out, progress=False, phase="generate", scratch=tmp_path / "disk").close()
    publish_shard(out, tmp_path / "shared")
    assert (tmp_path / "shared" / "out" / "study.toml").is_file()
    with Study.run(out, progress=False) as study:
        assert study.store.counts().done == 8
