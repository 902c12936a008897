"""One process that owns llama.cpp and computes; everyone else asks it over a socket.

Whatever native code does wrong (a crash, a hang, a machine out of memory) ends that process and
nothing else: the client sees an error with a cause, and starts it again.

On the asking side: `session` (one model kept loaded), `process` (one worker process), `death` (why
one ended, in words), `findings` (what this machine was found not to bear), `admission`
(back-pressure). On the computing side: `serve` (the process itself), `confine` (what it gives up).
Between them: `frames` and `wire`. The asking side never imports llama_cpp.
"""
