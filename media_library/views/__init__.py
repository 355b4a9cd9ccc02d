"""The media library's pages, and the addresses at which pictures are fetched."""
