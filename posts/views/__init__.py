"""The posts pages. Objects come from `visible_to`, changes go through `posts.actions`; nothing is decided here."""
