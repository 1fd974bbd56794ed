"""What browser it is, in words that tell one's own devices apart and nothing more."""

# Order matters: most browsers also name the older ones they resemble.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def agent_of(header: str) -> str:
    """Such as ``Firefox, Android``."""
    found = [next((name for sign, name in names if sign in header), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(each for each in found if each) or "unknown"
