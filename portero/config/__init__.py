"""The settings: what config.yaml and the environment may say, read and checked whole."""

from portero.config.loader import Loaded, find_config, load, load_settings
from portero.config.settings import Settings
from portero.errors import ConfigError

__all__ = ["ConfigError", "Loaded", "Settings", "find_config", "load", "load_settings"]
