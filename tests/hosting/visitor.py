"""Somebody at a hub's own pages and forms, cookies and all, by HTTP alone."""

import re

import aiohttp

LIMIT_S = 300


class Visitor:
    """Somebody who logs in as the page asks."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def __aenter__(self) -> "Visitor":
        # A cookie of an address without a name is kept only so.
        jar = aiohttp.CookieJar(unsafe=True)
        self.session = aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(LIMIT_S))
        return self

    async def __aexit__(self, *what: object) -> None:
        await self.session.close()

    async def log_in(self, name: str, password: str) -> int:
        """Fill in the form of the login page, and return the status of the answer: 302 leads in."""
        _, page = await self.get("/hub/login")
        fields = {
            "username": name,
            "password": password,
            "_xsrf": re.search(r'name="_xsrf"\s+value="([^"]+)"', page)[1],
        }
        async with self.session.post(f"{self.url}/hub/login", data=fields, allow_redirects=False) as answer:
            return answer.status

    async def get(self, path: str) -> tuple[int, str]:
        """Follow a link; return the status and the page at its end."""
        async with self.session.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()
