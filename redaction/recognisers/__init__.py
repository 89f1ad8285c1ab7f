"""What tells personal data from other text: one idea a file, each a function Passage -> findings."""
