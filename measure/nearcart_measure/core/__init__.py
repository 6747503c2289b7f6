"""Sans-IO: the methods themselves, over values; scipy only in ``distributions``, ``planning`` and the forecast's fit."""
