"""The thin asyncio shell around the core: the only place of this package that does IO."""

from nearcart_gateway.shell import light_imports as light_imports
