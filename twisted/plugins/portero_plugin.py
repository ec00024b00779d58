"""``twistd portero``: where twistd finds the daemon (see portero.tap)."""

from twisted.application.service import ServiceMaker

portero = ServiceMaker("portero", "portero.tap", "The AI doorman for Asterisk.", "portero")
