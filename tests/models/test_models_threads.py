"""The choice of threads, on machines that are made up: what a batch takes there is known."""

from __future__ import annotations

import random

import pytest

from cgr_nb.models.engine.idle import IdleCores
from cgr_nb.models.engine.threads import ThreadTuner


class Machine:
    """Cores, busy neighbours and the time that a batch takes; a clock that runs with it."""

    def __init__(self, cores, busy=0, seed=1, tells_idle=True):
        self.cores, self.busy, self.now = cores, busy, 0.0
        self._noise = random.Random(seed)
        self._tells_idle = tells_idle
        self._threads = 1

    def batch_s(self, rows, threads):
        # Rows to compute beside weights to read: prompts are bound by one, replies by the other.
        work_s = 0.02 + 0.002 * rows
        seconds = work_s * (0.1 + 0.9 / threads)
        if threads > self.cores - self.busy and threads > 1:
            seconds *= 8  # a thread that lost its core is waited for by all others
        return seconds * self._noise.uniform(0.95, 1.1)

    def run(self, tuner, seconds, rows=lambda n: 1):
        """Tokens per second of a while of work, and the threads that were used last."""
        began, done, number = self.now, 0, 0
        while self.now - began < seconds:
            count = rows(number)
            self._threads = tuner.threads(count)
            took = self.batch_s(count, self._threads)
            self.now += took
            tuner.note(count, self._threads, took)
            done += count
            number += 1
        return done / (self.now - began)

    def tuner(self, **how):
        idle = (
            (lambda: float(max(0, self.cores - self.busy - self._threads)))
            if (self._tells_idle)
            else (lambda: None)
        )
        return ThreadTuner(self.cores, clock=lambda: self.now, idle_cores=idle, **how)

    def best(self, seconds, rows=lambda n: 1):
        return max(
            Machine(self.cores, self.busy).run(ThreadTuner(n, fixed=True), seconds, rows)
            for n in range(1, self.cores + 1)
            if n & (n - 1) == 0 or n == self.cores
        )


MIXED = {"replies": lambda n: 1, "many": lambda n: 16, "mixed": lambda n: (1, 1, 1, 256)[n % 4]}


@pytest.mark.parametrize("tells_idle", [True, False], ids=["idle-told", "idle-unknown"])
@pytest.mark.parametrize("rows", MIXED.values(), ids=MIXED)
@pytest.mark.parametrize("cores", [2, 4, 8])
def test_an_idle_machine_is_used_as_well_as_by_the_best_fixed_number(cores, rows, tells_idle):
    machine = Machine(cores, tells_idle=tells_idle)
    assert machine.run(machine.tuner(), 60, rows) > 0.95 * machine.best(60, rows)


@pytest.mark.parametrize("tells_idle", [True, False], ids=["idle-told", "idle-unknown"])
@pytest.mark.parametrize("rows", MIXED.values(), ids=MIXED)
@pytest.mark.parametrize(("cores", "busy"), [(2, 1), (2, 2), (4, 3), (8, 5)])
def test_a_busy_machine_is_used_nearly_as_well(cores, busy, rows, tells_idle):
    machine = Machine(cores, busy, tells_idle=tells_idle)
    tuner = machine.tuner()
    machine.run(tuner, 20, rows)
    assert machine.run(tuner, 60, rows) > 0.85 * machine.best(60, rows)


@pytest.mark.parametrize("tells_idle", [True, False], ids=["idle-told", "idle-unknown"])
def test_a_neighbour_that_comes_is_answered_within_a_second_or_two_and_one_that_goes_too(
    tells_idle,
):
    machine = Machine(2, tells_idle=tells_idle)
    tuner = machine.tuner()
    machine.run(tuner, 20)
    assert tuner.chosen["reply"] == 2
    machine.busy = 1
    machine.run(tuner, 1.5)
    assert tuner.chosen["reply"] == 1
    machine.run(tuner, 60)
    machine.busy = 0
    machine.run(tuner, 35)
    assert tuner.chosen["reply"] == 2


def test_what_takes_a_core_from_replies_is_noticed_for_prompts_too():
    machine = Machine(2)
    tuner = machine.tuner()
    machine.run(tuner, 20, MIXED["mixed"])
    machine.busy = 1
    machine.run(tuner, 1.0)
    assert tuner.threads(256) == 1


def test_a_model_too_small_for_many_threads_gets_few():
    class Small(Machine):
        def batch_s(self, rows, threads):
            return 0.001 * (1 + 0.5 * threads) * self._noise.uniform(0.95, 1.05)

    machine = Small(4)
    tuner = machine.tuner()
    machine.run(tuner, 20)
    assert tuner.chosen["reply"] == 1


def test_batches_that_grow_longer_by_themselves_change_nothing():
    class Growing(Machine):
        def batch_s(self, rows, threads):
            return super().batch_s(rows, threads) * (1 + self.now / 30)

    machine = Growing(2)
    tuner = machine.tuner()
    machine.run(tuner, 60)
    assert tuner.chosen["reply"] == 2


def test_a_number_that_the_user_gave_is_kept_whatever_happens():
    machine = Machine(4, busy=3)
    tuner = ThreadTuner(4, fixed=True)
    machine.run(tuner, 10)
    tuner.limit(1)
    assert tuner.threads(1) == tuner.threads(512) == 4


def test_cores_that_others_need_are_left_to_them_and_taken_again():
    machine = Machine(4)
    tuner = machine.tuner()
    machine.run(tuner, 10)
    assert tuner.threads(1) == 4
    tuner.limit(2)
    assert tuner.threads(1) == tuner.threads(300) == 2
    machine.run(tuner, 3)
    tuner.limit(4)
    assert tuner.threads(1) == 4


def test_idle_cores_are_no_more_than_there_are():
    idle = IdleCores()
    known = idle()
    if known is None:
        pytest.skip("this system does not tell")
    for _ in range(3):
        sum(range(3_000_000))
        assert 0 <= idle() <= 1024


@pytest.mark.parametrize("kind", ["replies", "prompts"])
def test_all_cores_are_used_from_the_first_batch_where_they_are_idle(kind):
    rows = {"replies": 1, "prompts": 256}[kind]
    idle, busy = Machine(8).tuner(), Machine(8, busy=7).tuner()
    assert idle.threads(rows) == 8
    assert busy.threads(rows) == 4
    assert Machine(8, tells_idle=False).tuner().threads(rows) == 4


def test_prompts_that_come_seldom_get_the_cores_that_have_come_free():
    machine = Machine(2, busy=1)
    tuner = machine.tuner()
    machine.run(tuner, 20, MIXED["mixed"])
    assert tuner.chosen["prompt"] == 1
    machine.busy = 0
    for _ in range(6):
        machine.now += 10  # nothing is asked
        machine.run(tuner, 0.1, lambda n: 256)
    assert tuner.chosen["prompt"] == 2


def test_where_more_threads_only_take_a_neighbours_core_fewer_are_used():
    class Sleeping(Machine):
        """Threads that lost their core are waited for asleep: two take as long as one."""

        def batch_s(self, rows, threads):
            at_once = max(1, min(threads, self.cores - self.busy))
            return (0.02 + 0.002 * rows) / at_once * self._noise.uniform(0.97, 1.03)

    machine = Sleeping(2)
    tuner = machine.tuner()
    machine.run(tuner, 10)
    assert tuner.chosen["reply"] == 2
    machine.busy = 1
    machine.run(tuner, 20)
    assert tuner.chosen["reply"] == 1


@pytest.mark.parametrize("cores", [2, 4])
def test_a_batch_that_was_held_up_now_and_then_costs_no_threads(cores):
    class HeldUp(Machine):
        """Every thirtieth batch or so takes four times as long, as on a shared host."""

        def batch_s(self, rows, threads):
            held_up = self._noise.random() < 0.03
            return super().batch_s(rows, threads) * (4 if held_up else 1)

    machine, fixed = HeldUp(cores, seed=3), HeldUp(cores, seed=3)
    done = machine.run(machine.tuner(), 60)
    assert done > 0.9 * fixed.run(ThreadTuner(cores, fixed=True), 60)
