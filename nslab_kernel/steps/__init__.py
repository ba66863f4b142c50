"""The learner's functions, one file an iproute2 object."""
