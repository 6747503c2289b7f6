"""Offers and campaigns in force, and a check of a text before it is one."""

from fastapi import APIRouter

from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import OfferChecker, OfferReader
from nearcart_gateway.shell.web.rest.models import (
    CampaignFileOut,
    CampaignsOut,
    CheckedOut,
    OfferFileOut,
    OffersOut,
)
from nearcart_gateway.shell.web.rest.parts import Parts
from nearcart_gateway.shell.web.rest.problems import ProblemError, declared
from nearcart_gateway.shell.web.rest.requests import OfferName, TextToCheck

routes = APIRouter(prefix=PREFIX, tags=["offers"])


@routes.get("/offers", summary="The offers in force, by name", responses=declared())
async def list_offers(parts: Parts, _caller: OfferReader) -> OffersOut:
    known = await parts.database.read(parts.offers.listed)
    return OffersOut(revision=known.revision, items=list(known.offers.values()))


@routes.post(
    "/check",
    summary="What is wrong with a text: the errors of `nearcart offers check`. Nothing is changed",
    responses=declared(),
)
async def check_offer(parts: Parts, _caller: OfferChecker, body: TextToCheck) -> CheckedOut:
    return await parts.database.read(lambda connection: parts.offers.check(connection, body))


@routes.get("/offers/{offer}", summary="An offer with its file", responses=declared(404))
async def show_offer(parts: Parts, _caller: OfferReader, offer: OfferName) -> OfferFileOut:
    found = await parts.database.read(lambda connection: parts.offers.offer(connection, offer))
    if found is None:
        raise ProblemError(404, f"No offer '{offer}' is in force. GET /api/v1/offers lists those that are.")
    return found


@routes.get("/campaigns", summary="The campaigns in force, by name", responses=declared())
async def list_campaigns(parts: Parts, _caller: OfferReader) -> CampaignsOut:
    known = await parts.database.read(parts.offers.listed)
    return CampaignsOut(revision=known.revision, items=list(known.campaigns.values()))


@routes.get("/campaigns/{campaign}", summary="A campaign with its file", responses=declared(404))
async def show_campaign(parts: Parts, _caller: OfferReader, campaign: OfferName) -> CampaignFileOut:
    found = await parts.database.read(lambda connection: parts.offers.campaign(connection, campaign))
    if found is None:
        raise ProblemError(404, f"No campaign '{campaign}' is in force. GET /api/v1/campaigns lists those that are.")
    return found
