"""Code maps: dated packs that turn a hospital's codes into those that the settlement is made by."""
