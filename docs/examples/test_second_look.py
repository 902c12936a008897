"""The arm holds what every arm must."""

from pathlib import Path

from second_look import SecondLook

from cgr_nb.arms import arm_names, register_arm
from cgr_nb.testing import check_arm


def test_second_look(tmp_path: Path) -> None:
    """Run it with a solver that changes its mind about the letter A."""
    if "second_look" not in arm_names():  # installed, it is known already
        register_arm("second_look", SecondLook)
    script = {"solver": [("You said A", "Answer: B"), ("What is 1 ", "I would not know.")]}
    prompts = Path(__file__).parent / "prompts"
    done = check_arm("second_look", script, folder=tmp_path / "check", prompts=prompts, stops=4)
    assert {answer.letters for answer in done.answers} == {("B",), ("A",)}
