"""The solver engine measured beside its peers, on a model of real size that needs no download."""

from cgr_nb.bench.engine.run import run_engine_bench

__all__ = ["run_engine_bench"]
