"""How fast this machine is at what a study does: the solver engine and the sandbox beside peers."""
