"""Packages of studies whose items are asked in several orders of their options."""

from __future__ import annotations

import pytest
from scripted_orders import write_orders_study
from tampering import change, find, lines, rehash, resum

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.verify import verify_package


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders")
    Study.run(write_orders_study(folder), progress=False).close()
    return export_package(folder, folder / "orders.zip")


def test_a_package_holds_the_orders_and_verifies(orders):
    found = verify_package(orders, isolation="limits")
    assert found.problems == ()
    rows = lines(read_archive(orders), "rows")
    assert sum(row["item_id"] != row["base_id"] for row in rows) == 4


@pytest.mark.parametrize("lie", ["of another item", "in another order"])
def test_an_item_that_lies_about_whose_copy_it_is_is_refused(orders, tmp_path, lie):
    members = read_archive(orders)
    number = find(members, "items", lambda item: "permutation" in item["meta"])
    other = lines(members, "items")[
        find(members, "items", lambda item: item["question"] == "Which?")
    ]
    said = lines(members, "items")[number]["meta"]["permutation"]
    letters = said["letters"]
    said = (
        {**said, "of": other["id"]}
        if lie == "of another item"
        else {**said, "letters": letters[::-1]}
    )
    change(members, "items", number, meta=lambda meta: {**meta, "permutation": said})
    resum(members)
    rehash(members)
    found = verify_package(write_archive(members, tmp_path / "p.zip"), isolation="limits")
    assert any("with its options in another order" in problem.what for problem in found.problems)
