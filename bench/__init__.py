"""The project's own benchmarks: ours and a limit measured in turn in one run, told as ratios. See README.md."""
