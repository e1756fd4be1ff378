"""The demonstration and the embedded Airflow: three simulated departments, a first cycle, the servers, the truth beside it."""
