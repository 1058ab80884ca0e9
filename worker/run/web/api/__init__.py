"""The API: what the pages show, for programs. `operations` says how it is described, served and documented."""
