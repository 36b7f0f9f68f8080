"""Work of many steps: the runner of jobs, and the work of each kind."""
