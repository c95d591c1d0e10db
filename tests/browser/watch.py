"""What a page must not do, as the browser sees it."""

from __future__ import annotations

from attrs import Factory, define
from playwright.sync_api import ConsoleMessage, Page, Request

# Set before anything of the page runs.
_NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""

# What a page makes itself, and the browser's own viewer of PDFs.
_NO_ORIGIN = ("data:", "blob:", "chrome:", "chrome-extension:")


# Playwright keeps what it needs to know of a listener in the object itself.
@define(eq=False, slots=False)
class Watch:
    """Notes requests to other origins, breaches of the policy, and errors."""

    page: Page
    origin: str
    noted: list[str] = Factory(list)

    @classmethod
    def of(cls, page: Page, origin: str) -> Watch:
        """A watch on `page`, which has not been anywhere yet."""
        watch = cls(page, origin)
        page.add_init_script(_NOTE_VIOLATIONS)
        page.on("request", watch._on_request)
        page.on("console", watch._on_console)
        page.on("pageerror", lambda error: watch.noted.append(f"error: {error}"))
        return watch

    def faults(self) -> list[str]:
        """All that was noted."""
        return [*self.noted, *self.page.evaluate("window.violations")]

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", *_NO_ORIGIN)):
            self.noted.append(f"request: {request.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.noted.append(f"policy: {message.text}")
