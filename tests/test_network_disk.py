"""Which folders lie on network file systems, by made-up tables of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgr_nb.util.network_disk import network_file_system

MOUNTS = """\
20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 20 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
31 30 8:2 / /home/local rw,relatime - xfs /dev/sdb1 rw
32 20 0:41 / /big\\040disk rw - lustre mds@tcp:/big rw
33 20 0:42 / /twice rw - ext4 /dev/sdc1 rw
34 33 0:43 / /twice rw - cifs //server/share rw
a line that is none
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ann/study", "nfs4"),
        ("/home/local/study", None),
        ("/homely", None),
        ("/big disk/shards", "lustre"),
        ("/twice", "cifs"),
        ("/", None),
    ],
)
def test_a_folder_is_on_the_file_system_of_the_nearest_mount(tmp_path, folder, kind):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(MOUNTS)
    assert network_file_system(Path(folder), tmp_path) == kind


def test_where_the_system_tells_nothing_nothing_is_known(tmp_path):
    assert network_file_system(tmp_path, tmp_path) is None
