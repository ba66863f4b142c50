"""A visitor of a hub's pages and forms, by HTTP with cookies, without a browser."""

import re

import aiohttp

LIMIT_S = 300


class Visitor:
    """A visitor who logs in by the login page."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def __aenter__(self) -> "Visitor":
        # Only an unsafe jar keeps cookies of an IP address.
        jar = aiohttp.CookieJar(unsafe=True)
        self.session = aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(LIMIT_S))
        return self

    async def __aexit__(self, *what: object) -> None:
        await self.session.close()

    async def log_in(self, name: str, password: str) -> int:
        """Send the form of the login page; return the status of the answer, 302 if the log-in succeeds."""
        _, page = await self.get("/hub/login")
        fields = {
            "username": name,
            "password": password,
            "_xsrf": re.search(r'name="_xsrf"\s+value="([^"]+)"', page)[1],
        }
        async with self.session.post(f"{self.url}/hub/login", data=fields, allow_redirects=False) as answer:
            return answer.status

    async def get(self, path: str) -> tuple[int, str]:
        """Get a page and follow redirects; return the last status and its page."""
        async with self.session.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()
