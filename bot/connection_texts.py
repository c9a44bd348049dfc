"""What the transport says of a connection that failed, as `bot.recognition` finds it in the catalogues.

Messages of the transport go to the log and the database in English, and are translated only where a person reads them.
"""

from __future__ import annotations

from domain.chat.i18n import gettext_noop

TEMPLATES = (
    *(gettext_noop("{host} directly: {problem}"), gettext_noop("{host} through HTTP proxy {proxy}: {problem}")),
    gettext_noop("{host} through SOCKS5 proxy {proxy}: {problem}"),
    gettext_noop("{host} through SOCKS5h proxy {proxy}: {problem}"),
    gettext_noop("looking up its address failed: {cause}"),
    gettext_noop("connecting failed: {cause}"),
    gettext_noop("looking up the proxy's address failed: {cause}"),
    gettext_noop("connecting to the proxy failed: {cause}"),
    gettext_noop("waiting for the proxy failed: {cause}"),
    gettext_noop("TLS handshake failed: {cause}"),
    gettext_noop("no answer within {n} s"),
    gettext_noop("the proxy's answer is not HTTP"),
    gettext_noop("the proxy's answer is not SOCKS5"),
    gettext_noop("the proxy's answer is too long"),
    gettext_noop("the proxy hung up without an answer"),
    gettext_noop("the proxy sent more than its answer"),
    gettext_noop("the proxy refused the user name and password"),
    gettext_noop("the proxy wants a user name and password"),
    gettext_noop("the proxy takes no user name and password, but another proof"),
    gettext_noop("the proxy does not allow connections to {destination} (403)"),
    gettext_noop("the proxy did not reach {destination} ({reason})"),
    gettext_noop("the proxy answered {status} to CONNECT; is it an HTTP proxy?"),
    *(gettext_noop("general failure"), gettext_noop("not allowed by its rules"), gettext_noop("network unreachable")),
    *(gettext_noop("host unreachable"), gettext_noop("connection refused"), gettext_noop("time to live expired")),
    *(gettext_noop("command not supported"), gettext_noop("address type not supported")),
    gettext_noop("unknown failure"),
)
"""A test holds the steps, the kinds of proxies and the reply codes to the transport."""
