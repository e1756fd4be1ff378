"""Exchange folders behind an FTP server, plain or (FTPS) under TLS: files in, receipts out."""

from __future__ import annotations

from connectors.ftp.connector import FtpConnector

__all__ = ["FtpConnector"]
