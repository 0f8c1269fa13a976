"""What crosses a boundary: topics, events, envelope, proof and ids. Pure; imports nothing else of ours."""
