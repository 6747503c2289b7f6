"""The thin asyncio shell around the core: the only place of this package that does IO."""
