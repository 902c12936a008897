"""The solver engine measured beside its peers, on a model of real size that needs no download."""
