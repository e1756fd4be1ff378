"""Web Services that the hub calls (`kind: soap-pull`): SOAP 1.1 and 1.2, page by page, an XML document in each reply."""
