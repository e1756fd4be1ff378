"""The contract (契约): the message of the 14 elements by version, code lists, the validator and the catalogue of violations."""
