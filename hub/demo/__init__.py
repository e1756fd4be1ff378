"""The demonstration and the embedded Airflow: two simulated departments, a first cycle, the servers, the truth beside it."""
