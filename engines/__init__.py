"""One file an engine: the client's call and a pure parse of its answer; preparation, recognition, worker."""
