"""The page that shows a phone how to trust this machine; served without HTTPS, with the certificate."""
