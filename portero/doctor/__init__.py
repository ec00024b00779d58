"""`portero doctor`: the whole chain, step by step, each finding with its cure."""
