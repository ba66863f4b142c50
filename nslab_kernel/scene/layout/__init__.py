"""The positions in a picture: the steps of a layered (Sugiyama) layout."""
