"""Hostile programs, each with one property, and the status that the host must find for it.

A program that only tries a deed returns "A" when the deed was refused and "B" when it worked, so that "ok"
with "A" is containment. Names in angle brackets are filled in by the test: canaries that belong to the host.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PRELUDE = """
import os, sys
def refused(deed, *args):
    try:
        deed(*args)
    except BaseException:
        return "A"
    return "B"
def all_refused(*deeds):
    return "A" if all(refused(deed) == "A" for deed in deeds) else "B"
def libc(name, *args):
    import ctypes
    library = ctypes.CDLL(None, use_errno=True)
    return "A" if getattr(library, name)(*args) == -1 else "B"
def frame(message):
    import json
    body = json.dumps(message).encode()
    os.write(3, len(body).to_bytes(4, "big") + body)
"""


@dataclass(frozen=True)
class Attack:
    name: str
    source: str
    status: str = "ok"
    """The status, or several that are all right, with a bar between."""
    answer: str | None = "A"
    limits: dict[str, Any] = field(default_factory=dict)


def attack(name: str, body: str, status: str = "ok", top: str = "", **limits: Any) -> Attack:
    """An attack from the body of its `solve`."""
    lines = "\n".join("    " + line for line in body.strip("\n").split("\n"))
    source = f"{PRELUDE}{top}\ndef solve(item, ask):\n{lines}\n"
    return Attack(name, source, status, "A" if status == "ok" else None, limits)


PROCESSES = [
    attack("fork", "return refused(os.fork)"),
    attack("fork bomb", "while True:\n    os.fork()", "exception"),
    attack("leave a child that holds the channel", "import time\ntry:\n    child = os.fork()\nexcept OSError:\n    return 'A'\nif child:\n    os._exit(3)\ntime.sleep(1000)"),
    attack("fork by raw call", "return libc('syscall', 57)"),
    attack("vfork by raw call", "return libc('syscall', 58)"),
    attack("clone by raw call", "return libc('syscall', 56, 17, 0, 0, 0, 0)"),
    attack("clone3 by raw call", "return libc('syscall', 435, 0, 0)"),
    attack("shell", "return 'A' if os.system('touch <spoil>') != 0 else 'B'"),
    attack("subprocess", "import subprocess\nreturn refused(subprocess.run, ['/bin/true'])"),
    attack("exec", "return refused(os.execv, '/bin/sh', ['sh', '-c', 'touch <spoil>'])"),
    attack("exec by raw call", "return libc('syscall', 59, b'/bin/true', 0, 0)"),
    attack("multiprocessing", "import multiprocessing\nreturn refused(multiprocessing.Pool, 2)"),
    attack("kill the host", "return refused(os.kill, <pid>, 9)"),
    attack("kill everybody", "return all_refused(lambda: os.kill(-1, 9), lambda: os.kill(0, 9))"),
    attack("kill the worker", "return all_refused(lambda: os.kill(os.getppid(), 9), lambda: os.kill(1, 9))"),
    attack("kill the worker, and wait", "import time\nos.kill(os.getppid(), 9)\ntime.sleep(60)", "exception"),
    attack("kill by thread id", "return libc('syscall', 234, os.getppid(), os.getppid(), 9)"),
    attack("signal by descriptor", "return all_refused(lambda: os.pidfd_open(os.getppid()), lambda: os.pidfd_open(<pid>))"),
    attack("signal by file owner", "import fcntl, os\nreturn refused(fcntl.fcntl, 3, fcntl.F_SETOWN, os.getppid())"),
    attack("trace the worker", "return libc('ptrace', 16, os.getppid(), 0, 0)"),
    attack("trace the host", "return libc('ptrace', 16, <pid>, 0, 0)"),
    attack("read the host's memory", "return libc('syscall', 310, <pid>, 0, 0, 0, 0, 0)"),
]  # fmt: skip

FILES = [
    attack("read a file", "return refused(open, '<canary>')"),
    attack("overwrite a file", "return refused(open, '<canary>', 'w')"),
    attack("truncate a file", "return all_refused(lambda: os.truncate('<canary>', 0), lambda: os.open('<canary>', os.O_TRUNC))"),
    attack("remove a file", "return refused(os.remove, '<canary>')"),
    attack("rename a file", "return refused(os.rename, '<canary>', '<spoil>')"),
    attack("change a file's mode", "return refused(os.chmod, '<canary>', 0o777)"),
    attack("change a file's times", "return refused(os.utime, '<canary>', (0, 0))"),
    attack("make a folder", "return refused(os.mkdir, '<spoil>')"),
    attack("symlink", "return all_refused(lambda: os.symlink('<canary>', '<spoil>'), lambda: os.link('<canary>', '<spoil>'))"),
    attack("device", "return refused(os.mknod, '<spoil>')"),
    attack("shared memory file", "return refused(open, '/dev/shm/cgr-spoil', 'w')"),
    attack("shared memory block", "from multiprocessing import shared_memory\nreturn refused(lambda: shared_memory.SharedMemory(create=True, size=4096))"),
    attack("shared memory segment", "return libc('shmget', 0x1234, 4096, 0o1666)"),
    attack("nameless file", "return refused(os.memfd_create, 'x')"),
    attack("temporary file", "import tempfile\nreturn refused(tempfile.TemporaryFile)"),
    attack("list folders", "return all_refused(lambda: os.listdir('/'), lambda: os.listdir('/proc'), lambda: os.listdir('<folder>'))"),
    attack("its own memory", "return refused(open, '/proc/self/mem', 'rb')"),
    attack("its own environment file", "return refused(open, '/proc/self/environ', 'rb')"),
    attack("the host in /proc", "return all_refused(*(lambda n=n: open(f'/proc/<pid>/{n}', 'rb') for n in ('mem', 'environ', 'cmdline', 'maps')))"),
    attack("the package's own files", "import cgr_nb\nreturn all_refused(lambda: __import__('cgr_nb.store'), lambda: open('<package>/records.py'))"),
    attack("mount", "return libc('mount', b'none', b'/tmp', b'tmpfs', 0, 0)"),
    attack("chroot", "return refused(os.chroot, '/')"),
    attack("new user namespace", "return libc('unshare', 0x10000000)"),
]  # fmt: skip

NETWORK = [
    attack("TCP", "import socket\nreturn refused(socket.create_connection, ('127.0.0.1', <port>))"),
    attack("UDP", "import socket\nreturn refused(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)"),
    attack("Unix socket", "import socket\nreturn refused(socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM)"),
    attack("Unix datagram to an address", "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\nreturn refused(a.sendto, b'x', '/dev/log')"),
    attack("pass a descriptor", "import socket\na, b = socket.socketpair()\nreturn refused(socket.send_fds, a, [b'x'], [3])"),
    attack("web", "import urllib.request\nreturn refused(urllib.request.urlopen, 'http://127.0.0.1:<port>')"),
    attack("server", "import socket\nreturn refused(socket.create_server, ('127.0.0.1', 0))"),
]  # fmt: skip

KERNEL = [
    attack("raise its own limits", "import resource\nreturn all_refused(*(lambda w=w: resource.setrlimit(w, (-1, -1)) for w in (resource.RLIMIT_AS, resource.RLIMIT_CPU)))"),
    attack("outlive the worker", "return libc('prctl', 1, 0, 0, 0, 0)"),
    attack("io_uring", "return libc('syscall', 425, 8, 0)"),
    attack("bpf and perf", "return 'A' if libc('syscall', 321, 0, 0, 0) + libc('syscall', 298, 0, 0, -1, -1, 0) == 'AA' else 'B'"),
    attack("keyring", "return libc('syscall', 250, 0, -3, 0, 0, 0)"),
    attack("userfaultfd", "return libc('syscall', 323, 0)"),
    attack("32-bit numbers", "return libc('syscall', 0x40000000 + 41, 2, 1, 0)"),
    attack("priority", "return all_refused(lambda: os.setpriority(0, <pid>, 19), lambda: os.sched_setaffinity(<pid>, {0}))"),
]  # fmt: skip

RESOURCES = [
    attack("memory, piece by piece", "hoard = []\nwhile True:\n    hoard.append('x' * 1_000_000 + str(len(hoard)))", "memory_limit", memory_mb=64),
    attack("memory, at once", "return bytes(10 << 30)", "memory_limit", memory_mb=64),
    attack("memory, tiny pieces", "hoard = []\nwhile True:\n    hoard.append([hoard])", "memory_limit", memory_mb=64),
    attack("memory, refusing to stop", "hoard = []\nwhile True:\n    try:\n        hoard.append(bytearray(8 << 20))\n    except BaseException:\n        pass", "cpu_limit", memory_mb=64, cpu_s=1),
    attack("memory map", "import mmap\nreturn refused(mmap.mmap, -1, 1 << 40)", memory_mb=64),
    attack("thread bomb", "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(60,)).start()", "exception|memory_limit", memory_mb=64, cpu_s=2),
    attack("descriptor bomb", "held = []\nwhile True:\n    held.append(os.pipe())", "exception"),
    attack("loop", "while True:\n    pass", "cpu_limit", cpu_s=1),
    attack("loop that catches everything", "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass", "cpu_limit", cpu_s=1),
    attack("loop in a regex", "import re\nre.match('(a+)+$', 'a' * 40 + 'b')", "cpu_limit", cpu_s=1),
    attack("loop in an integer power", "return 7 ** 10 ** 9", "cpu_limit", cpu_s=1, memory_mb=1024),
    attack("loop while the module loads", "return 'A'", "cpu_limit", top="while True: pass", cpu_s=1),
    attack("loop in a thread during ask", "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\nwhile True:\n    ask('<slow>')", "cpu_limit", cpu_s=1),
    attack("sleep", "import time\ntime.sleep(1000)", "timeout", wall_s=0.5),
    attack("sleep in a thread join", "import threading, time\nt = threading.Thread(target=time.sleep, args=(1000,))\nt.start()\nt.join()", "timeout", wall_s=0.5),
    attack("stop itself", "import signal\nos.kill(os.getpid(), signal.SIGSTOP)", "timeout", wall_s=0.5),
    attack("ignore every signal, then loop", "import signal\nfor n in range(1, 65):\n    refused(signal.signal, n, signal.SIG_IGN)\nwhile True:\n    pass", "cpu_limit", cpu_s=1),
    attack("ignore every signal, then sleep", "import signal, time\nfor n in range(1, 65):\n    refused(signal.signal, n, signal.SIG_IGN)\nwhile True:\n    time.sleep(1000)", "timeout", wall_s=0.5),
    attack("print without end", "while True:\n    print('x' * 50)", "output_limit"),
    attack("print without end, catching everything", "while True:\n    try:\n        print('x' * 50)\n    except BaseException:\n        pass", "output_limit"),
    attack("print one enormous text", "print('x' * 50_000_000)", "output_limit"),
    attack("print to stderr", "while True:\n    sys.stderr.write('x' * 5000)", "output_limit"),
    attack("print to the descriptor", "while True:\n    os.write(1, b'x' * 5000)", "output_limit"),
    attack("print to the original stdout", "while True:\n    sys.__stdout__.write('x' * 5000)\n    sys.__stdout__.flush()", "output_limit"),
    attack("recursion", "return solve(item, ask)", "exception"),
    attack("recursion without a limit", "sys.setrecursionlimit(10 ** 9)\nclass C:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\nC().a", "killed|memory_limit"),
    attack("alarm", "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(5)", "killed"),
]  # fmt: skip

ENDINGS = [
    attack("exit 0 before the end", "sys.exit(0)", "killed"),
    attack("exit 0 while the module loads", "return 'A'", "killed", top="sys.exit(0)"),
    attack("hard exit 0", "os._exit(0)", "killed"),
    attack("abort", "os.abort()", "killed"),
    attack("crash", "import ctypes\nctypes.string_at(0)", "killed"),
    attack("terminate itself", "os.kill(os.getpid(), 15)", "killed"),
    attack("pretend to be killed", "return refused(os.kill, os.getpid(), 9)"),
    attack("pretend to be out of CPU", "import signal\nassert refused(os.kill, os.getpid(), signal.SIGXCPU) == 'A'\nsignal.raise_signal(signal.SIGXCPU)", "killed"),
    attack("leave an atexit loop", "import atexit\natexit.register(lambda: [0 for _ in iter(int, 1)])\nreturn 'A'"),
    attack("leave a thread", "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\nreturn 'A'"),
    attack("leave a destructor loop", "class C:\n    def __del__(self):\n        while True:\n            pass\nglobals()['c'] = C()\nreturn 'A'"),
    attack("break its own runner", "import json\nos._exit = json.dumps = os.write = lambda *a, **k: 0\nsys.modules.clear()\nreturn 'A'", "ok|killed"),
    attack("return a number", "return 1", "invalid_answer"),
    attack("return a dictionary", "return {'answer': 'A'}", "invalid_answer"),
    attack("return an enormous text", "return 'A' * 50_000_000", "invalid_answer"),
    attack("return a liar", "class L(str):\n    def strip(self):\n        return 'A'\n    upper = __str__ = __repr__ = strip\nreturn L('nonsense')", "invalid_answer"),
    attack("return a hostile object", "class H:\n    __class__ = property(lambda self: os._exit(0))\n    __dict__ = property(lambda self: os._exit(0))\n    def __repr__(self):\n        os._exit(0)\n    __str__ = __hash__ = __eq__ = __len__ = __iter__ = __repr__\nhostile = H()\nreturn hostile", "invalid_answer"),
    attack("raise a hostile error", "class E(Exception):\n    __traceback__ = args = property(lambda self: os._exit(0))\n    def __str__(self):\n        os._exit(0)\n    __repr__ = __str__\nraise E(1)", "exception"),
    attack("catch everything around ask", "while True:\n    try:\n        ask('x')\n    except BaseException:\n        pass", "call_limit"),
    attack("ask from many threads", "import threading\ndef flood():\n    while True:\n        ask('x')\nfor _ in range(8):\n    threading.Thread(target=flood).start()\nflood()", "call_limit"),
]  # fmt: skip

CHANNEL = [
    attack("close the channel, then loop", "os.close(3)\nwhile True:\n    pass", "killed"),
    attack("close every descriptor", "os.closerange(0, 64)\nreturn 'A'", "killed"),
    attack("garbage", "os.write(3, b'garbage' * 1000)\nwhile True:\n    pass", "killed"),
    attack("endless message", "os.write(3, (50_000).to_bytes(4, 'big'))\nwhile True:\n    os.write(3, b'[' * 4096)", "killed"),
    attack("enormous length", "os.write(3, b'\\xff' * 4)\nwhile True:\n    pass", "killed"),
    attack("deep JSON", "body = b'[' * 60_000\nos.write(3, len(body).to_bytes(4, 'big') + body)\nwhile True:\n    pass", "killed"),
    attack("message of no known type", "frame({'type': 'gold please'})\nwhile True:\n    pass", "killed"),
    attack("end of no known kind", "frame({'type': 'end', 'kind': 'timeout'})\nwhile True:\n    pass", "killed"),
    attack("end with odd fields", "frame({'type': 'end', 'kind': 'exception', 'text': {}, 'line': 'x', 'value': []})\nwhile True:\n    pass", "killed"),
    attack("ask out of order", "frame({'type': 'ask', 'id': 7, 'prompt': 'x', 'choices': []})\nwhile True:\n    pass", "killed"),
    attack("ask with an oversized prompt", "frame({'type': 'ask', 'id': 0, 'prompt': 'x' * 60_000, 'choices': []})\nwhile True:\n    pass", "killed"),
    attack("ask with a number for a prompt", "frame({'type': 'ask', 'id': 0, 'prompt': 5, 'choices': []})\nwhile True:\n    pass", "killed"),
    attack("flood of asks", "for n in range(100):\n    frame({'type': 'ask', 'id': n, 'prompt': 'x', 'choices': []})\nwhile True:\n    pass", "call_limit"),
    attack("corrupt the record", "os.write(4, b'[\"line\"]\\n[garbage\\n\\xff\\xfe\\n' * 100)\nreturn 'A'"),
    attack("stop the tracing", "sys.settrace(None)\nreturn 'A'"),
    attack("trace the tracer", "sys.settrace(lambda *a: os._exit(0) if a[1] == 'exception' else None)\nreturn 'A'"),
    attack("NUL and surrogates in a prompt", "ask('\\x00 \\ud800 \\U0001F600')\nreturn 'A'"),
    attack("oversized prompt", "ask('x' * 60_000)", "exception"),
    attack("number for a prompt", "ask(5)", "exception"),
]  # fmt: skip

KNOWLEDGE = [
    attack("environment", "return 'B' if any('canary' in v.lower() for v in os.environ.values()) else 'A'"),
    attack("descriptors", "return 'A' if all(refused(os.fstat, fd) == 'A' for fd in range(5, 1000)) else 'B'"),
    attack("gold in any object", "import gc\nhalves = ('gold', 'canary')\nreturn 'B' if any('-'.join(halves) in str(o)[:200_000] for o in gc.get_objects() if type(o) in (dict, list, tuple)) else 'A'"),
    attack("gold in any frame", "word = '-'.join(['gold', 'canary'])\nframe = sys._getframe(1)\nwhile frame:\n    if word in str(frame.f_locals):\n        return 'B'\n    frame = frame.f_back\nreturn 'A'"),
    attack("other modules", "return all_refused(lambda: __import__('pytest'), lambda: __import__('pandas'), lambda: __import__('llama_cpp'))"),
    attack("read standard input", "return refused(input)"),
    attack("host name", "import socket\nreturn 'A' if socket.gethostname() == 'sandbox' else 'B'"),
]  # fmt: skip

SOURCES = [
    Attack("program of 5 MB", "x = '" + "a" * 5_000_000 + "'", "interface_error", None),
    Attack("deep nesting", "x = " + "(" * 90_000, "syntax_error", None),
    Attack("deep operators", "x = " + "-" * 90_000 + "1\ndef solve(i, a): return 'A'", "syntax_error|killed", None),
    Attack("NUL", "x = 1\x00", "syntax_error", None),
    Attack("lone surrogate", "x = '\ud800'", "syntax_error", None),
    Attack("empty", "", "interface_error", None),
    Attack("hostile GENERATOR_ANSWER", "import os\nclass H(str):\n    def strip(self):\n        os._exit(0)\nGENERATOR_ANSWER = H('b')\ndef solve(item, ask):\n    return 'A'"),
]  # fmt: skip

ATTACKS = PROCESSES + FILES + NETWORK + KERNEL + RESOURCES + ENDINGS + CHANNEL + KNOWLEDGE + SOURCES
