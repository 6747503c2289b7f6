"""Complaints through the API: written down once, read back, refused with a sentence."""

from datetime import UTC, datetime, timedelta

from .conftest import Shop

SAID = {"at": "2026-01-25T18:00:00Z", "channel": "phone", "words": "too many messages", "source": "counter"}


async def test_a_complaint_is_written_down_once_and_read_back(shop: Shop) -> None:
    async with shop.client("staff") as client:
        first = await client.post("/visitors/anna/complaints", json=SAID)
        again = await client.post("/visitors/anna/complaints", json=SAID)
        now = await client.post("/visitors/anna/complaints", json={"campaign": "autumn"})
        listed = (await client.get("/visitors/anna/complaints")).json()["items"]
    assert (first.status_code, again.status_code, now.status_code) == (201, 200, 201)
    assert first.json() == again.json() == {**SAID, "campaign": None, "offer": None}
    assert [each["campaign"] for each in listed] == [None, "autumn"]
    async with shop.client("admin") as client:
        of_an_offer = await client.post("/visitors/anna/complaints", json={"offer": "wine-dwell"})
    assert of_an_offer.json()["campaign"] == "autumn", "which its file says"


async def test_what_can_not_be_is_refused_and_says_why(shop: Shop) -> None:
    later = (datetime.fromtimestamp(shop.now, UTC) + timedelta(hours=1)).isoformat()
    async with shop.client("integrator") as client:
        for body, status, told in (
            ({"campaign": "autmn"}, 409, "did you mean 'autumn'?"),
            ({"offer": "no-such-offer"}, 409, "Found offer 'no-such-offer'"),
            ({"at": later}, 409, "a time that has not come yet"),
            ({"words": "x" * 501}, 422, ""),
            ({"at": "yesterday"}, 422, ""),
        ):
            answer = await client.post("/visitors/anna/complaints", json=body)
            assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
        assert (await client.post("/visitors/nobody/complaints", json={})).status_code == 404
        assert (await client.get("/visitors/nobody/complaints")).status_code == 404
        assert (await client.get("/visitors/anna/complaints")).json() == {"items": []}
    async with shop.client("marketer") as client:
        assert (await client.post("/visitors/anna/complaints", json=SAID)).status_code == 403
