"""Exchange directories reached by SFTP (kind `sftp`)."""
