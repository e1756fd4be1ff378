"""Opens and makes CMS (RFC 5652, 5083): encrypted and signed files as stock `openssl cms` writes them, streamed from file to file."""
