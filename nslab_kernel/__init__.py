"""nslab: Linux network namespaces, one line a step."""
