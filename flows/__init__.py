"""What happens and when: command line, configuration, sources, Prefect flows."""
