"""Where everything stands: the steps of a layered (Sugiyama) layout."""
